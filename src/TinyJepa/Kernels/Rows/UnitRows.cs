using System.Runtime.CompilerServices;

namespace TinyJepa.Kernels;

/// <summary>x /= |x| row by row: rows become directions. A row of zeros stays one.</summary>
readonly unsafe struct UnitRows(float* x, int rows, int width) : IKernel
{
    [MethodImpl(Kernel.NoInline)]
    public void Run<V>(int chunk) where V : struct, ILanes<V>
    {
        var size = Reduce.RowsPerChunk(width);
        for (var r = chunk * size; r < Math.Min(rows, (chunk + 1) * size); r++)
        {
            var row = x + (long)r * width;
            var (even, odd) = (V.Broadcast(0f), V.Broadcast(0f));
            var i = 0;
            for (; i + 32 <= width; i += 32)
            {
                V v0 = V.Load(row + i), v1 = V.Load(row + i + 16);
                even = V.Fma(v0, v0, even);
                odd = V.Fma(v1, v1, odd);
            }

            for (; i < width; i += 16)
            {
                var v = width - i >= 16 ? V.Load(row + i) : Pack.Load<V>(row + i, width - i);
                even = V.Fma(v, v, even);
            }

            var square = V.Sum(even + odd);
            var scale = square > 0f ? 1f / MathF.Sqrt(square) : 0f;
            var s = V.Broadcast(scale);
            for (i = 0; i + 16 <= width; i += 16) V.Store(V.Load(row + i) * s, row + i);
            for (; i < width; i++) row[i] *= scale;
        }
    }
}
