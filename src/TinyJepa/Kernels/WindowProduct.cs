using System.Runtime.CompilerServices;

namespace TinyJepa.Kernels;

/// <summary>
/// The matrix product of <see cref="Windows"/> with packed panels, written to places that lie in a grid: forwards the output's pixels,
/// backwards every so-many-th pixel of the input's gradient. Each number is one chain of fused multiply-adds along the window, whatever
/// the tile, the lane width or the thread.
/// </summary>
/// <remarks>Some windows at a time are copied into the cache; then all panels pass over them. Chunks are rows of tiles, in two halves of the panels where rows are few.</remarks>
readonly unsafe struct WindowProduct : IKernel
{
    const int TileFloats = MicroKernel.MostRows * MicroKernel.PanelColumns;

    static int TileRows => MicroKernel.TileRows;

    const int ChunkWork = 1 << 18;                       // multiply-adds that are worth a chunk: about 4 µs
    const int MostChunks = 256;
    const int NearFloats = 128 << 10;                    // 512 KB of panels stay in the second-level cache
    const int GroupFloats = 4 << 10;                     // windows copied at a time: half the first-level cache,
    const int FarGroupFloats = 72 << 10;                 // or 288 KB, to share a pass of panels from further away
    const int LeastRow = 6;                              // windows of a row that are worth tiles of their own
    const int MostDepth = 2048;                          // of a panel and a tile in one go

    readonly Windows _windows;
    readonly float* _panels, _bias, _target;
    readonly int _outputs, _positions, _targetRow, _targetColumn, _groupRows, _together, _columnChunks;
    readonly long _targetImage;
    readonly bool _keep, _direct, _byRows;

    /// <param name="windows">The left factor: a row for every window.</param>
    /// <param name="batch">How many images.</param>
    /// <param name="panels">The right factor [depth, outputs] in panels of 32 columns.</param>
    /// <param name="outputs">Its columns.</param>
    /// <param name="bias">Where every row starts from, padded to whole panels.</param>
    /// <param name="target">The place of the first window.</param>
    /// <param name="targetImage">Floats from image to image,</param>
    /// <param name="targetRow">from row to row of windows,</param>
    /// <param name="targetColumn">and from window to window.</param>
    /// <param name="keep">Start from what the target holds instead of from the bias.</param>
    internal WindowProduct(in Windows windows, int batch, float* panels, int outputs, float* bias,
        float* target, long targetImage, int targetRow, int targetColumn, bool keep)
    {
        _panels = panels;
        _bias = bias;
        _target = target;
        (_windows, _outputs, _keep) = (windows, outputs, keep);
        (_targetImage, _targetRow, _targetColumn) = (targetImage, targetRow, targetColumn);
        _positions = batch * windows.Rows * windows.Columns;
        _direct = windows.AreRows;

        // Where the results of a row of windows do not run on into the next row's, a tile ends with the row and can be written in place.
        var dense = targetRow == targetColumn * windows.Columns && targetImage == (long)targetRow * windows.Rows;
        _byRows = !dense && windows.Columns >= LeastRow;
        var depth = Math.Max(1, windows.Depth);
        var tiles = Math.Clamp(((long)depth * outputs <= NearFloats ? GroupFloats : FarGroupFloats) / (TileRows * depth), 1, 16);
        if (_positions < 8 * tiles * TileRows) tiles = 1;
        _groupRows = tiles * TileRows;
        if (_byRows) _groupRows = windows.Columns * Math.Max(1, _groupRows / windows.Columns);
        var groups = (_positions + _groupRows - 1) / _groupRows;
        var work = Math.Max(1L, (long)_groupRows * depth * outputs);
        _together = (int)Math.Max((ChunkWork + work - 1) / work, (groups + MostChunks - 1) / MostChunks);
        _columnChunks = groups < 16 && outputs > MicroKernel.PanelColumns && work > ChunkWork ? 2 : 1;
        Chunks = (groups + _together - 1) / _together * _columnChunks;
    }

    internal int Chunks { get; }

    [MethodImpl(Kernel.Alone)]
    public void Run<V>(int chunk) where V : struct, ILanes<V>
    {
        int rowChunks = Chunks / _columnChunks, panels = (_outputs + MicroKernel.PanelColumns - 1) / MicroKernel.PanelColumns;
        // The halves follow one another, so that a thread keeps the panels of one half in its cache.
        int half = chunk / rowChunks, firstPanel = half * panels / _columnChunks, endPanel = (half + 1) * panels / _columnChunks;
        var size = _groupRows * _together;
        int position = chunk % rowChunks * size, end = Math.Min(_positions, position + size);

        int depth = _windows.Depth, blocks = Math.Max(1, (depth + MostDepth - 1) / MostDepth), block = (depth + blocks - 1) / blocks;
        var distance = _direct ? _windows.StepX : Windows.Distance(block);
        var copy = _direct ? null : Scratch.Rent(_groupRows * distance);
        var room = TileFloats + 3 * _groupRows;
        var tile = Scratch.Rent(room);
        var places = (long*)(tile + TileFloats);
        var heights = (int*)(places + _groupRows);
        for (; position < end; position += _groupRows)
        {
            var rows = Math.Min(_groupRows, end - position);
            Place(position, rows, places);
            Divide(position, rows, heights);
            for (var b = 0; b < blocks; b++)
            {
                int from = b * block, to = Math.Min(depth, from + block);
                var left = _direct ? _windows.Image + (long)position * distance + from : copy;
                if (!_direct) _windows.Copy<V>(position, rows, from, to, copy, distance);
                for (var panel = firstPanel; panel < endPanel; panel++)
                {
                    var right = _panels + ((long)panel * depth + from) * MicroKernel.PanelColumns;
                    var height = heights;
                    for (var row = 0; row < rows; row += *height++)
                        Tile<V>(left + (long)row * distance, distance, to - from, right, places + row, *height, panel * MicroKernel.PanelColumns, b > 0, tile);
                }
            }
        }

        if (!_direct) Scratch.Return(copy);
        Scratch.Return(tile);
    }

    /// <summary>Cuts rows of a group, or each row of windows in it, into tiles of nearly equal heights.</summary>
    void Divide(int position, int rows, int* heights)
    {
        var length = _byRows ? _windows.Columns : rows;
        var tiles = (length + TileRows - 1) / TileRows;
        for (var row = 0; row < rows; heights++)
        {
            // Groups by rows begin with a row.
            var at = _byRows ? row % length : row;
            var tile = (int)(((long)at * tiles + length - 1) / length);
            *heights = Math.Min(rows - row, (int)((tile + 1L) * length / tiles) - at);
            row += *heights;
        }
    }

    /// <summary>Tiles of whole packs whose rows lie at equal distances work in the target itself, others in a copy.</summary>
    void Tile<V>(float* a, int aRow, int depth, float* panel, long* places, int rows, int column, bool later, float* tile) where V : struct, ILanes<V>
    {
        var resume = _keep || later;
        int columns = Math.Min(MicroKernel.PanelColumns, _outputs - column), packs = (columns + 15) / 16;
        float* start = _bias + column, target = _target + column;
        if (columns == 16 * packs && places[rows - 1] - places[0] == (rows - 1L) * _targetColumn)
        {
            var c = target + places[0];
            MicroKernel.Run<V>(depth, a, aRow, rows, 1, panel, resume ? c : start, resume ? _targetColumn : 0, c, _targetColumn, packs: packs);
            return;
        }

        if (resume)
        {
            // Columns beyond the last are computed from what the tile holds and never written.
            for (var i = 0; i < rows; i++) Move<V>(target + places[i], tile + i * MicroKernel.PanelColumns, columns);
            start = tile;
        }

        MicroKernel.Run<V>(depth, a, aRow, rows, 1, panel, start, resume ? MicroKernel.PanelColumns : 0, tile, MicroKernel.PanelColumns, packs: packs);
        for (var i = 0; i < rows; i++) Move<V>(tile + i * MicroKernel.PanelColumns, target + places[i], columns);
    }

    /// <summary>Where the windows' results begin, in floats from the target.</summary>
    void Place(int position, int count, long* places)
    {
        int column = position % _windows.Columns, row = position / _windows.Columns % _windows.Rows;
        var image = position / _windows.Columns / _windows.Rows;
        while (count > 0)
        {
            var run = Math.Min(count, _windows.Columns - column);
            var place = image * _targetImage + (long)row * _targetRow + (long)column * _targetColumn;
            for (var end = places + run; places < end; places++, place += _targetColumn) *places = place;
            count -= run;
            column = 0;
            if (++row < _windows.Rows) continue;
            row = 0;
            image++;
        }
    }

    [MethodImpl(Kernel.Alone)]
    static void Move<V>(float* source, float* target, int count) where V : struct, ILanes<V>
    {
        var i = 0;
        for (; i + 16 <= count; i += 16) V.Store(V.Load(source + i), target + i);
        for (; i < count; i++) target[i] = source[i];
    }
}
