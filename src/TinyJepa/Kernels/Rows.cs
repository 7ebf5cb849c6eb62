using System.Runtime.CompilerServices;

namespace TinyJepa.Kernels;

/// <summary>Loops over the rows of a matrix in which every output depends on its whole row: softmax and normalisation.</summary>
static unsafe class Rows
{
    /// <summary>y = e^(x − max) / Σ e^(x − max), row by row.</summary>
    internal readonly struct Softmax(float* x, float* y, int rows, int width) : IKernel
    {
        [MethodImpl(Kernel.Alone)]
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            var size = Reduce.RowsPerChunk(width);
            for (var row = chunk * size; row < Math.Min(rows, (chunk + 1) * size); row++)
                One<V>(x + (long)row * width, y + (long)row * width);
        }

        /// <summary>Passes over a row that stays in the first-level cache: its largest number, the exponentials, their sum and the shares.</summary>
        void One<V>(float* px, float* py) where V : struct, ILanes<V>
        {
            var largest = Largest<V>(px, width);
            var done = 0;
            if (typeof(V) == typeof(Lanes512) && width >= Lanes512x4.Floats) done = Exponentials<Lanes512x4>(px, py, largest, 0, width);
            if (done + 16 <= width) Exponentials<V>(px, py, largest, done, width);
            Shares<V>(px, py, largest, width);
        }

        /// <summary>
        /// Divides the exponentials of the whole packs by the sum of all. Those of the last, ragged pack are only made here and never written
        /// undivided: a masked store cannot be read back before it has reached the cache.
        /// </summary>
        [MethodImpl(Kernel.Alone)]
        static void Shares<V>(float* px, float* py, float largest, int count) where V : struct, ILanes<V>
        {
            var whole = count & ~15;
            var (s0, s1) = (V.Broadcast(0f), V.Broadcast(0f));
            var (s2, s3) = (s0, s1);
            var i = 0;
            for (; i + 64 <= whole; i += 64)
            {
                s0 += V.Load(py + i);
                s1 += V.Load(py + i + 16);
                s2 += V.Load(py + i + 32);
                s3 += V.Load(py + i + 48);
            }

            for (; i < whole; i += 16) s0 += V.Load(py + i);
            var last = V.Broadcast(0f);
            if (i < count) last = Functions.Exp(Pack.Load<V>(px + i, count - i, float.NegativeInfinity) - V.Broadcast(largest));
            var scale = V.Broadcast(1f / V.Sum(s0 + (s1 + last) + (s2 + s3)));
            for (i = 0; i < whole; i += 16) V.Store(V.Load(py + i) * scale, py + i);
            if (i < count) Pack.Store(last * scale, py + i, count - i);
        }

        [MethodImpl(Kernel.Alone)]
        static int Exponentials<V>(float* px, float* py, float largest, int i, int count) where V : struct, ILanes<V>
        {
            var max = V.Broadcast(largest);
            for (; i + Elementwise.Stride<V>() <= count; i += Elementwise.Stride<V>()) V.Store(Functions.Exp(V.Load(px + i) - max), py + i);
            return i;
        }

        /// <summary>The order of comparisons changes nothing, so four run side by side.</summary>
        [MethodImpl(Kernel.Alone)]
        static float Largest<V>(float* x, int n) where V : struct, ILanes<V>
        {
            if (n < 16) return V.Largest(Pack.Load<V>(x, n, float.NegativeInfinity));
            var (m0, m1) = (V.Load(x), V.Load(x + n - 16));                           // the last pack may overlap others: the largest stays
            var (m2, m3) = (m0, m1);
            var i = 16;
            for (; i + 64 <= n; i += 64)
            {
                m0 = V.Max(m0, V.Load(x + i));
                m1 = V.Max(m1, V.Load(x + i + 16));
                m2 = V.Max(m2, V.Load(x + i + 32));
                m3 = V.Max(m3, V.Load(x + i + 48));
            }

            for (; i + 16 <= n; i += 16) m0 = V.Max(m0, V.Load(x + i));
            return V.Largest(V.Max(V.Max(m0, m1), V.Max(m2, m3)));
        }
    }

    /// <summary>dx = keep·dx + y·(dy − Σ dy·y), row by row.</summary>
    internal readonly struct SoftmaxBackward(float* y, float* dy, float* dx, bool keep, int rows, int width) : IKernel
    {
        [MethodImpl(Kernel.Alone)]
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            var size = Reduce.RowsPerChunk(width);
            for (var row = chunk * size; row < Math.Min(rows, (chunk + 1) * size); row++)
                One<V>(y + (long)row * width, dy + (long)row * width, dx + (long)row * width);
        }

        void One<V>(float* py, float* pdy, float* pdx) where V : struct, ILanes<V>
        {
            var dot = V.Broadcast(0f);
            var i = 0;
            for (; i + 16 <= width; i += 16) dot = V.Fma(V.Load(pdy + i), V.Load(py + i), dot);
            if (i < width) dot = V.Fma(Pack.Load<V>(pdy + i, width - i), Pack.Load<V>(py + i, width - i), dot);
            var d = V.Broadcast(V.Sum(dot));
            for (i = 0; i + 16 <= width; i += 16)
            {
                var g = V.Load(py + i) * (V.Load(pdy + i) - d);
                V.Store(keep ? V.Load(pdx + i) + g : g, pdx + i);
            }

            if (i == width) return;
            var tail = Pack.Load<V>(py + i, width - i) * (Pack.Load<V>(pdy + i, width - i) - d);
            Pack.Store(keep ? Pack.Load<V>(pdx + i, width - i) + tail : tail, pdx + i, width - i);
        }
    }

    /// <summary>y = (x − mean)·rstd, rstd = 1/√(variance + ε), row by row (Ba et al. 2016, eq. 4 without gain and bias).</summary>
    internal readonly struct Normalize(float* x, float* y, float* rstd, float epsilon, int rows, int width) : IKernel
    {
        [MethodImpl(Kernel.Alone)]
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

            var mean = V.Broadcast(center);
            var squares = V.Broadcast(0f);
            for (i = 0; i + 16 <= width; i += 16)
            {
                var d = V.Load(px + i) - mean;
                squares = V.Fma(d, d, squares);
            }

            if (i < width)
            {
                var d = Pack.Load<V>(px + i, width - i, center) - mean;
                squares = V.Fma(d, d, squares);
            }

            var reciprocal = 1f / MathF.Sqrt(V.Sum(squares) / width + epsilon);
            var scale = V.Broadcast(reciprocal);
            for (i = 0; i + 16 <= width; i += 16) V.Store((V.Load(px + i) - mean) * scale, py + i);
            if (i < width) Pack.Store((Pack.Load<V>(px + i, width - i) - mean) * scale, py + i, width - i);
            return reciprocal;
        }
    }

    /// <summary>dx = keep·dx + rstd·(dy − mean(dy) − y·mean(dy·y)), row by row.</summary>
    internal readonly struct NormalizeBackward(float* y, float* rstd, float* dy, float* dx, bool keep, int rows, int width) : IKernel
    {
        [MethodImpl(Kernel.Alone)]
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
                V.Store(keep ? V.Load(pdx + i) + g : g, pdx + i);
            }

            if (i == width) return;
            var tail = scale * (Pack.Load<V>(pdy + i, width - i) - meanDy - Pack.Load<V>(py + i, width - i) * meanDot);
            Pack.Store(keep ? Pack.Load<V>(pdx + i, width - i) + tail : tail, pdx + i, width - i);
        }
    }
}
