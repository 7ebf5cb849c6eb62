using System.Runtime.CompilerServices;

namespace TinyJepa.Kernels;

/// <summary>
/// What <see cref="WindowProduct"/> does, for windows that lie in rows long enough for tiles of their own: the image's rows under some rows of
/// windows are copied with their padding, and the windows are read there, where neighbours overlap, rather than each from a copy of its own.
/// </summary>
readonly unsafe struct StripProduct : IKernel
{
    const int StripFloats = 8 << 10;                     // of the image at a time where the panels are near: 32 KB
    const int LeastColumns = 6;                          // windows of a row that are worth tiles of their own

    readonly Windows _windows;
    readonly WindowTarget _target;
    readonly float* _panels;
    readonly WindowChunks _chunks;
    readonly int _groupRows, _distance, _taps;

    /// <param name="windows">The left factor: a row for every window.</param>
    /// <param name="batch">How many images.</param>
    /// <param name="panels">The right factor [depth, outputs] in panels of 32 columns.</param>
    /// <param name="target">Where the results go.</param>
    internal StripProduct(in Windows windows, int batch, float* panels, in WindowTarget target)
    {
        _panels = panels;
        (_windows, _target) = (windows, target);
        _distance = Windows.Distance((windows.Columns - 1) * windows.StepX + windows.TapFloats);
        _taps = Math.Clamp(WindowChunks.MostDepth / windows.TapFloats, 1, windows.Taps);

        var weights = (long)windows.Depth * target.Outputs;
        var near = weights <= WindowChunks.NearFloats;
        var floats = near ? StripFloats : WindowChunks.GroupFloatsBeyondL2;
        _groupRows = Math.Clamp((floats / _distance - windows.Taps) / windows.StepY + 1, 1, windows.Rows);
        // A few images are cut into eight groups at least, where the panels are near.
        if (near) _groupRows = Math.Clamp(batch * windows.Rows / 8, 1, _groupRows);
        // The groups of an image are as equal as possible.
        var perImage = IntegerMath.CeilDiv(windows.Rows, _groupRows);
        _groupRows = IntegerMath.CeilDiv(windows.Rows, perImage);
        _chunks = new WindowChunks(batch * perImage, _groupRows * windows.Columns * weights, target.Outputs);
    }

    /// <summary>Rows of some length, whose windows leave no gaps, of an image narrow enough that the rows under one of them fit into the cache.</summary>
    internal static bool Serves(in Windows windows) =>
        windows.Columns >= LeastColumns && windows.Depth > 0 && !windows.AreRows
        && windows.StepY <= windows.Taps && windows.StepX <= windows.TapFloats
        && ((windows.Columns - 1L) * windows.StepX + windows.TapFloats) * windows.Taps <= WindowChunks.GroupFloatsBeyondL2;

    internal int Chunks => _chunks.Count;

    [MethodImpl(Kernel.NoInline)]
    public void Run<V>(int chunk) where V : struct, ILanes<V>
    {
        _chunks.Of(chunk, out var group, out var end, out var firstPanel, out var endPanel);
        var perImage = IntegerMath.CeilDiv(_windows.Rows, _groupRows);
        using var rowsUnder = new Scratch.Block(((nint)(_groupRows - 1) * _windows.StepY + _windows.Taps) * _distance);
        using var padded = new Scratch.Block(PaddedTile.Floats);
        float* strip = rowsUnder.Pointer, copy = padded.Pointer;
        for (; group < end; group++)
        {
            int image = group / perImage, row = group % perImage * _groupRows, rows = Math.Min(_groupRows, _windows.Rows - row);
            _windows.CopyRows<V>(image, row, rows, strip, _distance);
            for (var tap = 0; tap < _windows.Taps; tap += _taps)
            {
                for (var panel = firstPanel; panel < endPanel; panel++)
                {
                    var right = _panels + ((long)panel * _windows.Depth + tap * _windows.TapFloats) * MicroKernel.PanelColumns;
                    for (var i = 0; i < rows; i++)
                    {
                        var source = strip + (long)(i * _windows.StepY + tap) * _distance;
                        Row<V>(source, tap, right, panel * MicroKernel.PanelColumns, _target.At(image, row + i), copy);
                    }
                }
            }
        }
    }

    /// <summary>A row of windows times a panel, in tiles of nearly equal heights.</summary>
    void Row<V>(float* a, int tap, float* panel, int column, float* target, float* copy) where V : struct, ILanes<V>
    {
        int columns = _windows.Columns, tiles = IntegerMath.CeilDiv(columns, MicroKernel.TileRows);
        int packs = IntegerMath.CeilDiv(Math.Min(MicroKernel.PanelColumns, _target.Outputs - column), 16), taps = Math.Min(_taps, _windows.Taps - tap);
        for (int i = 0, from = 0; i < tiles; i++)
        {
            var to = (int)((long)columns * (i + 1) / tiles);
            var c = target + (long)from * _target.Column + column;
            var tile = _target.Start<V>(c, null, to - from, column, tap > 0, copy);
            MicroKernel.Run<V>(
                taps, _distance, _windows.TapFloats, a + from * _windows.StepX, _windows.StepX, to - from, panel,
                tile.Start, tile.StartRow, tile.Result, tile.ResultRow, packs);
            _target.Finish<V>(tile, c, null, to - from, column, copy);
            from = to;
        }
    }
}
