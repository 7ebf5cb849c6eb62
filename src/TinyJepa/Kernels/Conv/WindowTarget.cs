using System.Runtime.CompilerServices;

namespace TinyJepa.Kernels;

/// <summary>Where the results of windows go: to places that lie in a grid, forwards the output's pixels, backwards every so-many-th pixel of the input's gradient.</summary>
unsafe struct WindowTarget
{
    internal const int TileFloats = MicroKernel.MostRows * MicroKernel.PanelColumns;

    internal float* First, Bias;                         // the place of the first window, and where every row starts from, padded to whole panels
    internal int Outputs;                                // of a window
    internal long Image;                                 // floats from image to image,
    internal int Row, Column;                            // from row to row of windows, and from window to window
    internal bool Accumulate;                                  // start from what the target holds instead of from the bias

    internal readonly float* At(int image, int row) => First + image * Image + (long)row * Row;

    /// <summary>Tiles of whole packs work in the target itself, others in a copy.</summary>
    internal readonly void Start<V>(float* c, int rows, int column, bool later, float* tile, out float* start, out nint startRow, out float* result, out nint resultRow)
        where V : struct, ILanes<V>
    {
        int columns = Math.Min(MicroKernel.PanelColumns, Outputs - column);
        var resume = Accumulate || later;
        start = Bias + column;
        startRow = 0;
        if (columns % 16 == 0)
        {
            result = c;
            resultRow = Column;
            if (resume) start = c;
            if (resume) startRow = Column;
            return;
        }

        result = tile;
        resultRow = MicroKernel.PanelColumns;
        if (!resume) return;
        // Columns beyond the last are computed from what the tile holds and never written.
        for (var i = 0; i < rows; i++) Move<V>(c + (long)i * Column, tile + i * MicroKernel.PanelColumns, columns);
        start = tile;
        startRow = MicroKernel.PanelColumns;
    }

    /// <summary>Brings a copied tile home.</summary>
    internal readonly void Finish<V>(float* tile, float* c, int rows, int column) where V : struct, ILanes<V>
    {
        var columns = Math.Min(MicroKernel.PanelColumns, Outputs - column);
        for (var i = 0; i < rows; i++) Move<V>(tile + i * MicroKernel.PanelColumns, c + (long)i * Column, columns);
    }

    [MethodImpl(Kernel.NoInline)]
    internal static void Move<V>(float* source, float* target, int count) where V : struct, ILanes<V>
    {
        var i = 0;
        for (; i + 16 <= count; i += 16) V.Store(V.Load(source + i), target + i);
        for (; i < count; i++) target[i] = source[i];
    }
}
