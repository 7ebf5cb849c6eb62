using System.Runtime.CompilerServices;

namespace TinyJepa.Kernels;

/// <summary>
/// A copy of a tile of C for <see cref="MicroKernel"/>, which reads and writes whole packs: for columns that do not fill their last pack, and for
/// rows that lie at unequal distances. Rows of the copy have the columns of a panel.
/// </summary>
static unsafe class PaddedTile
{
    const int Row = MicroKernel.PanelColumns;

    /// <summary>Floats of the largest tile.</summary>
    internal const int Floats = MicroKernel.MostRows * Row;

    /// <summary>Copies rows into the tile; zeros fill the last pack.</summary>
    [MethodImpl(Kernel.NoInline)]
    internal static void Load<V>(float* source, nint sourceRow, float* tile, int rows, int columns) where V : struct, ILanes<V>
    {
        for (; rows > 0; rows--, source += sourceRow, tile += Row)
        {
            var i = 0;
            for (; i + 16 <= columns; i += 16) V.Store(V.Load(source + i), tile + i);
            if (i < columns) V.Store(Pack.Load<V>(source + i, columns - i), tile + i);
        }
    }

    /// <summary>Copies the tile's rows back, without what fills the last pack.</summary>
    [MethodImpl(Kernel.NoInline)]
    internal static void Store<V>(float* tile, float* target, nint targetRow, int rows, int columns) where V : struct, ILanes<V>
    {
        for (; rows > 0; rows--, tile += Row, target += targetRow)
        {
            var i = 0;
            for (; i + 16 <= columns; i += 16) V.Store(V.Load(tile + i), target + i);
            if (i < columns) Pack.Store(V.Load(tile + i), target + i, columns - i);
        }
    }
}
