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
    /// <summary>Rows of a micro-tile.</summary>
    internal const int TileRows = Gemm.TileRows;

    const int ChunkWork = 1 << 18;                       // multiply-adds that are worth a chunk: about 4 µs
    const int MostChunks = 256;
    const int NearFloats = 128 << 10;                    // 512 KB of panels stay in the second-level cache
    const int GroupFloats = 72 << 10;                    // windows that share a pass of panels from further away: 288 KB
    const int MostDepth = 2048;                          // of a panel and a tile in one go

    readonly Windows _windows;
    readonly float* _panels, _bias, _target;
    readonly int _outputs, _positions, _targetRow, _targetColumn, _group, _together, _columnChunks;
    readonly long _targetImage;
    readonly bool _keep, _dense, _direct;

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
        _dense = targetRow == targetColumn * windows.Columns && targetImage == (long)targetRow * windows.Rows;

        var depth = Math.Max(1, windows.Depth);
        _group = (long)depth * outputs <= NearFloats ? 1 : Math.Clamp(GroupFloats / (TileRows * depth), 1, 16);
        var groups = (_positions + _group * TileRows - 1) / (_group * TileRows);
        if (groups < 8) (_group, groups) = (1, (_positions + TileRows - 1) / TileRows);
        var work = Math.Max(1L, (long)_group * TileRows * depth * outputs);
        _together = (int)Math.Max((ChunkWork + work - 1) / work, (groups + MostChunks - 1) / MostChunks);
        _columnChunks = groups < 16 && outputs > Gemm.PanelColumns && work > ChunkWork ? 2 : 1;
        Chunks = (groups + _together - 1) / _together * _columnChunks;
    }

    internal int Chunks { get; }

    [MethodImpl(Kernel.Alone)]
    public void Run<V>(int chunk) where V : struct, ILanes<V>
    {
        int rowChunks = Chunks / _columnChunks, panels = (_outputs + Gemm.PanelColumns - 1) / Gemm.PanelColumns;
        // The halves follow one another, so that a thread keeps the panels of one half in its cache.
        int half = chunk / rowChunks, firstPanel = half * panels / _columnChunks, endPanel = (half + 1) * panels / _columnChunks;
        var size = _group * TileRows * _together;
        int position = chunk % rowChunks * size, end = Math.Min(_positions, position + size);

        int depth = _windows.Depth, blocks = Math.Max(1, (depth + MostDepth - 1) / MostDepth), block = (depth + blocks - 1) / blocks;
        var distance = _direct ? _windows.StepX : Windows.Distance(block);
        var copy = _direct ? null : Scratch.Rent(_group * TileRows * distance);
        for (; position < end; position += _group * TileRows)
        {
            var rows = Math.Min(_group * TileRows, end - position);
            for (var b = 0; b < blocks; b++)
            {
                int from = b * block, to = Math.Min(depth, from + block);
                var left = _direct ? _windows.Image + (long)position * distance + from : copy;
                if (!_direct) _windows.Copy<V>(position, rows, from, to, copy, distance);
                for (var panel = firstPanel; panel < endPanel; panel++)
                {
                    var right = _panels + ((long)panel * depth + from) * Gemm.PanelColumns;
                    for (var row = 0; row < rows; row += TileRows)
                        Tile<V>(left + (long)row * distance, distance, to - from, right, position + row, Math.Min(TileRows, rows - row), panel * Gemm.PanelColumns, b > 0);
                }
            }
        }

        if (!_direct) Scratch.Return(copy, _group * TileRows * distance);
    }

    /// <summary>Whole tiles at equal distances work in the target itself, others in a copy.</summary>
    void Tile<V>(float* a, int aRow, int depth, float* panel, int position, int rows, int column, bool later) where V : struct, ILanes<V>
    {
        var resume = _keep || later;
        var columns = Math.Min(Gemm.PanelColumns, _outputs - column);
        if (rows == TileRows && columns == Gemm.PanelColumns && (_dense || position % _windows.Columns + TileRows <= _windows.Columns))
        {
            var c = Place(position) + column;
            MicroKernel.Run<V>(depth, a, aRow, rows, 1, panel, resume ? c : _bias + column, resume ? _targetColumn : 0, c, _targetColumn);
            return;
        }

        var tile = stackalloc float[TileRows * Gemm.PanelColumns];
        if (resume)
        {
            for (var i = 0; i < rows; i++) Move<V>(Place(position + i) + column, tile + i * Gemm.PanelColumns, columns);
            for (var i = rows; i < TileRows; i++) Move<V>(_bias + column, tile + i * Gemm.PanelColumns, Gemm.PanelColumns);
            MicroKernel.Run<V>(depth, a, aRow, rows, 1, panel, tile, Gemm.PanelColumns, tile, Gemm.PanelColumns);
        }
        else
        {
            MicroKernel.Run<V>(depth, a, aRow, rows, 1, panel, _bias + column, 0, tile, Gemm.PanelColumns);
        }

        for (var i = 0; i < rows; i++) Move<V>(tile + i * Gemm.PanelColumns, Place(position + i) + column, columns);
    }

    float* Place(int position)
    {
        if (_dense) return _target + (long)position * _targetColumn;
        int column = position % _windows.Columns, row = position / _windows.Columns;
        return _target + row / _windows.Rows * _targetImage + (long)(row % _windows.Rows) * _targetRow + (long)column * _targetColumn;
    }

    [MethodImpl(Kernel.Alone)]
    static void Move<V>(float* source, float* target, int count) where V : struct, ILanes<V>
    {
        var i = 0;
        for (; i + 16 <= count; i += 16) V.Store(V.Load(source + i), target + i);
        for (; i < count; i++) target[i] = source[i];
    }
}
