using System.Runtime.CompilerServices;

namespace TinyJepa.Kernels;

/// <summary>Normalisation of the rows of a matrix, without weight and bias, and its gradient.</summary>
/// <remarks>
/// A row is summed in one chain here and in four in <see cref="LayerNormRows"/>, and the gradients start from y here and from x there: one code for
/// both would change the bits of one of them.
/// </remarks>
static unsafe class NormalizeRows
{
    /// <summary>y = (x − mean)·rstd, rstd = 1/√(variance + ε), row by row (Ba et al. 2016, eq. 4 without weight and bias).</summary>
    internal readonly struct Forward(float* x, float* y, float* rstd, float epsilon, int rows, int width) : IKernel
    {
        [MethodImpl(Kernel.NoInline)]
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            var size = Reduce.RowsPerChunk(width);
            for (var row = chunk * size; row < Math.Min(rows, (chunk + 1) * size); row++)
                rstd[row] = One<V>(x + (long)row * width, y + (long)row * width);
        }

        float One<V>(float* px, float* py) where V : struct, ILanes<V>
        {
            var sum = V.Broadcast(0f);
            var i = 0;
            for (; i + 16 <= width; i += 16) sum += V.Load(px + i);
            if (i < width) sum += Pack.Load<V>(px + i, width - i);
            var center = V.Sum(sum) / width;

            var reciprocal = 1f / MathF.Sqrt(Reduce.Squares<V>(px, center, width) / width + epsilon);
            V mean = V.Broadcast(center), scale = V.Broadcast(reciprocal);
            for (i = 0; i + 16 <= width; i += 16) V.Store((V.Load(px + i) - mean) * scale, py + i);
            if (i < width) Pack.Store((Pack.Load<V>(px + i, width - i) - mean) * scale, py + i, width - i);
            return reciprocal;
        }
    }

    /// <summary>dx = [dx +] rstd·(dy − mean(dy) − y·mean(dy·y)), row by row.</summary>
    internal readonly struct Backward(float* y, float* rstd, float* dy, float* dx, bool accumulate, int rows, int width) : IKernel
    {
        [MethodImpl(Kernel.NoInline)]
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            var size = Reduce.RowsPerChunk(width);
            for (var row = chunk * size; row < Math.Min(rows, (chunk + 1) * size); row++)
                One<V>(y + (long)row * width, dy + (long)row * width, dx + (long)row * width, rstd[row]);
        }

        void One<V>(float* py, float* pdy, float* pdx, float reciprocal) where V : struct, ILanes<V>
        {
            var (sum, dot) = (V.Broadcast(0f), V.Broadcast(0f));
            var i = 0;
            for (; i + 16 <= width; i += 16)
            {
                sum += V.Load(pdy + i);
                dot = V.Fma(V.Load(pdy + i), V.Load(py + i), dot);
            }

            if (i < width)
            {
                sum += Pack.Load<V>(pdy + i, width - i);
                dot = V.Fma(Pack.Load<V>(pdy + i, width - i), Pack.Load<V>(py + i, width - i), dot);
            }

            var (meanDy, meanDot) = (V.Broadcast(V.Sum(sum) / width), V.Broadcast(V.Sum(dot) / width));
            var scale = V.Broadcast(reciprocal);
            for (i = 0; i + 16 <= width; i += 16)
            {
                var g = scale * (V.Load(pdy + i) - meanDy - V.Load(py + i) * meanDot);
                V.Store(accumulate ? V.Load(pdx + i) + g : g, pdx + i);
            }

            if (i == width) return;
            var tail = scale * (Pack.Load<V>(pdy + i, width - i) - meanDy - Pack.Load<V>(py + i, width - i) * meanDot);
            Pack.Store(accumulate ? Pack.Load<V>(pdx + i, width - i) + tail : tail, pdx + i, width - i);
        }
    }
}
