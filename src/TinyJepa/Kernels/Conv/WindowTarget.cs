namespace TinyJepa.Kernels;

/// <summary>
/// Where a product of windows writes: to places in a grid. Forwards these are the pixels of the output, backwards every stride-th pixel of the
/// input's gradient.
/// </summary>
unsafe struct WindowTarget
{
    internal float* First, Bias;                         // the place of the first window; what every row starts from, padded to whole panels
    internal int Outputs;                                // of a window
    internal long Image;                                 // floats from image to image,
    internal int Row, Column;                            // from row to row of windows, and from window to window
    internal bool Accumulate;                            // start from what the target holds instead of from the bias

    internal readonly float* At(int image, int row) => First + image * Image + (long)row * Row;

    /// <summary>Chooses where a tile is computed: in the target if columns fill whole packs and rows lie at equal distances, else in a copy.</summary>
    /// <param name="c">The tile's first row, or where <paramref name="places"/> are counted from.</param>
    /// <param name="places">Where each row begins; null for rows that are <see cref="Column"/> apart.</param>
    /// <param name="rows">Rows of the tile.</param>
    /// <param name="column">The tile's first column.</param>
    /// <param name="later">Whether the target holds the first part of the sums.</param>
    /// <param name="copy">Room for <see cref="PaddedTile.Floats"/>.</param>
    internal readonly Tile Start<V>(float* c, long* places, int rows, int column, bool later, float* copy) where V : struct, ILanes<V>
    {
        var columns = Math.Min(MicroKernel.PanelColumns, Outputs - column);
        var resume = Accumulate || later;
        if (columns % 16 == 0 && places == null)
            return resume ? new Tile(c, Column, c, Column) : new Tile(Bias + column, 0, c, Column);

        if (!resume) return new Tile(Bias + column, 0, copy, MicroKernel.PanelColumns);
        if (places == null) PaddedTile.Load<V>(c, Column, copy, rows, columns);
        else for (var i = 0; i < rows; i++) PaddedTile.Load<V>(c + places[i], 0, copy + i * MicroKernel.PanelColumns, 1, columns);
        return new Tile(copy, MicroKernel.PanelColumns, copy, MicroKernel.PanelColumns);
    }

    /// <summary>Writes a tile to the target if it was computed in a copy; arguments as in <see cref="Start"/>.</summary>
    internal readonly void Finish<V>(in Tile tile, float* c, long* places, int rows, int column, float* copy) where V : struct, ILanes<V>
    {
        if (tile.Result != copy) return;
        var columns = Math.Min(MicroKernel.PanelColumns, Outputs - column);
        if (places == null) PaddedTile.Store<V>(copy, c, Column, rows, columns);
        else for (var i = 0; i < rows; i++) PaddedTile.Store<V>(copy + i * MicroKernel.PanelColumns, c + places[i], 0, 1, columns);
    }

    /// <summary>Where the chains of a tile start and where their results go, with the distances of the rows.</summary>
    internal readonly struct Tile(float* start, nint startRow, float* result, nint resultRow)
    {
        internal readonly float* Start = start, Result = result;
        internal readonly nint StartRow = startRow, ResultRow = resultRow;
    }
}
