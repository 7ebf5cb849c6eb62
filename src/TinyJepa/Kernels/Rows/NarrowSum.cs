using System.Runtime.CompilerServices;

namespace TinyJepa.Kernels;

/// <summary>
/// Sums down the few columns of a tall matrix: the gradient of a bias, or of whatever repeats along rows. As many rows
/// as fill whole packs are read at once, blocks of them are summed lane by lane, and the blocks' lanes are added column by column in a fixed order.
/// </summary>
readonly unsafe struct NarrowSum : IKernel
{
    const int MostColumns = 64, LeastRows = 64;

    readonly float* _x;
    readonly int _columns, _width, _block;
    readonly long _count;

    internal NarrowSum(float* x, int rows, int columns)
    {
        (_columns, _count) = (columns, (long)rows * columns);
        _x = x;
        _width = columns * 16 / Math.Min(16, columns & -columns);
        _block = Math.Max(1, Reduce.Block / _width) * _width;
    }

    /// <summary>Where the blocks' sums are written: <see cref="Floats"/> of them.</summary>
    internal float* Partial { get; init; }

    internal int Chunks => (int)IntegerMath.CeilDiv(_count, _block);

    internal int Floats => Chunks * _width;

    /// <summary>Whether there are few columns and many rows.</summary>
    internal static bool Serves(int rows, int columns) => columns is > 1 and < MostColumns && rows >= LeastRows;

    [MethodImpl(Kernel.NoInline)]
    public void Run<V>(int chunk) where V : struct, ILanes<V>
    {
        var sums = Partial + (long)chunk * _width;
        for (var j = 0; j < _width; j++) sums[j] = 0f;
        var (start, end) = ((long)chunk * _block, Math.Min(_count, (chunk + 1L) * _block));
        for (; start + _width <= end; start += _width)
            for (var j = 0; j < _width; j += 16)
                V.Store(V.Load(sums + j) + V.Load(_x + start + j), sums + j);
        for (var j = 0; start + j < end; j++) sums[j] += _x[start + j];
    }

    /// <summary>y = [y +] scale·Σ over the blocks and the repetitions within them.</summary>
    internal void Fold(float* y, float scale, bool accumulate)
    {
        for (var column = 0; column < _columns; column++)
        {
            var sum = 0f;
            for (var i = (long)column; i < Floats; i += _columns) sum += Partial[i];
            y[column] = accumulate ? y[column] + scale * sum : scale * sum;
        }
    }
}
