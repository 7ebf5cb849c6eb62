using System.Runtime.CompilerServices;

namespace TinyJepa.Kernels;

/// <summary>x /= |x| row by row: unit vectors. A row of zeros stays zero.</summary>
readonly unsafe struct UnitRows(float* x, int rows, int width) : IKernel
{
    [MethodImpl(Kernel.NoInline)]
    public void Run<V>(int chunk) where V : struct, ILanes<V>
    {
        var size = Reduce.RowsPerChunk(width);
        for (var r = chunk * size; r < Math.Min(rows, (chunk + 1) * size); r++)
        {
            var row = x + (long)r * width;
            var square = Reduce.Squares<V>(row, width);
            var scale = square > 0f ? 1f / MathF.Sqrt(square) : 0f;
            var s = V.Broadcast(scale);
            var i = 0;
            for (; i + 16 <= width; i += 16) V.Store(V.Load(row + i) * s, row + i);
            for (; i < width; i++) row[i] *= scale;
        }
    }
}
