using System.Runtime.CompilerServices;

namespace TinyJepa.Kernels;

/// <summary>
/// The matrix product of <see cref="Windows"/> with packed panels. Each result is one chain of fused multiply-adds along the window, whatever
/// the tile, the lane width or the thread.
/// </summary>
/// <remarks>
/// Some windows at a time are copied into the cache; then they are multiplied with all panels. Chunks are rows of tiles, in two halves of the panels
/// where rows are few.
/// </remarks>
readonly unsafe struct WindowProduct : IKernel
{
    const int GroupFloats = 4 << 10;                     // windows copied at a time where the panels are near: half the first-level cache

    readonly Windows _windows;
    readonly WindowTarget _target;
    readonly float* _panels;
    readonly WindowChunks _chunks;
    readonly int _positions, _groupRows;
    readonly bool _direct;

    WindowProduct(in Windows windows, int batch, float* panels, in WindowTarget target)
    {
        _panels = panels;
        (_windows, _target) = (windows, target);
        _positions = batch * windows.Rows * windows.Columns;
        _direct = windows.AreRows;
        var depth = Math.Max(1, windows.Depth);
        var floats = (long)depth * target.Outputs <= WindowChunks.NearFloats ? GroupFloats : WindowChunks.GroupFloatsBeyondL2;
        var tiles = Math.Clamp(floats / (MicroKernel.TileRows * depth), 1, 16);
        if (_positions < 8 * tiles * MicroKernel.TileRows) tiles = 1;
        _groupRows = tiles * MicroKernel.TileRows;
        var groups = IntegerMath.CeilDiv(_positions, _groupRows);
        _chunks = new WindowChunks(groups, (long)_groupRows * depth * target.Outputs, target.Outputs);
    }

    /// <param name="windows">The left factor: a row for every window.</param>
    /// <param name="batch">How many images.</param>
    /// <param name="panels">The right factor [depth, outputs] in panels of 32 columns.</param>
    /// <param name="target">Where the results go.</param>
    internal static void Run(in Windows windows, int batch, float* panels, in WindowTarget target)
    {
        if (StripProduct.Serves(windows))
        {
            var strips = new StripProduct(windows, batch, panels, target);
            Cores.Run(strips, strips.Chunks);
            return;
        }

        var product = new WindowProduct(windows, batch, panels, target);
        Cores.Run(product, product._chunks.Count);
    }

    [MethodImpl(Kernel.NoInline)]
    public void Run<V>(int chunk) where V : struct, ILanes<V>
    {
        _chunks.Of(chunk, out var group, out var endGroup, out var firstPanel, out var endPanel);
        int position = group * _groupRows, end = Math.Min(_positions, endGroup * _groupRows);

        int depth = _windows.Depth, blocks = Math.Max(1, IntegerMath.CeilDiv(depth, WindowChunks.MostDepth)), block = IntegerMath.CeilDiv(depth, blocks);
        var distance = _direct ? _windows.StepX : Windows.Distance(block);
        using var copied = _direct ? default : new Scratch.Block((nint)_groupRows * distance);
        using var room = new Scratch.Block(PaddedTile.Floats + 2 * _groupRows);
        float* copy = copied.Pointer, tile = room.Pointer;
        var places = (long*)(tile + PaddedTile.Floats);
        for (; position < end; position += _groupRows)
        {
            var rows = Math.Min(_groupRows, end - position);
            Place(position, rows, places);
            var tiles = IntegerMath.CeilDiv(rows, MicroKernel.TileRows);
            for (var b = 0; b < blocks; b++)
            {
                int from = b * block, to = Math.Min(depth, from + block);
                var left = _direct ? _windows.Image + (long)position * distance + from : copy;
                if (!_direct) _windows.Copy<V>(position, rows, from, to, copy, distance);
                for (var panel = firstPanel; panel < endPanel; panel++)
                {
                    var right = _panels + ((long)panel * depth + from) * MicroKernel.PanelColumns;
                    for (int i = 0, row = 0; i < tiles; i++)
                    {
                        var height = rows * (i + 1) / tiles - row;
                        var a = left + (long)row * distance;
                        Tile<V>(a, distance, to - from, right, places + row, height, panel * MicroKernel.PanelColumns, b > 0, tile);
                        row += height;
                    }
                }
            }
        }
    }

    /// <summary>Some windows times a panel.</summary>
    void Tile<V>(float* a, int aRow, int depth, float* panel, long* places, int rows, int column, bool later, float* copy) where V : struct, ILanes<V>
    {
        var packs = IntegerMath.CeilDiv(Math.Min(MicroKernel.PanelColumns, _target.Outputs - column), 16);
        var c = _target.First + column;
        if (places[rows - 1] - places[0] == (rows - 1L) * _target.Column)
        {
            c += places[0];
            places = null;
        }

        var tile = _target.Start<V>(c, places, rows, column, later, copy);
        MicroKernel.Run<V>(depth, a, aRow, rows, 1, panel, tile.Start, tile.StartRow, tile.Result, tile.ResultRow, packs: packs);
        _target.Finish<V>(tile, c, places, rows, column, copy);
    }

    /// <summary>Where the windows' results begin, in floats from the target.</summary>
    void Place(int position, int count, long* places)
    {
        int column = position % _windows.Columns, row = position / _windows.Columns % _windows.Rows;
        var image = position / _windows.Columns / _windows.Rows;
        while (count > 0)
        {
            var run = Math.Min(count, _windows.Columns - column);
            var place = image * _target.Image + (long)row * _target.Row + (long)column * _target.Column;
            for (var end = places + run; places < end; places++, place += _target.Column) *places = place;
            count -= run;
            column = 0;
            if (++row < _windows.Rows) continue;
            row = 0;
            image++;
        }
    }
}
