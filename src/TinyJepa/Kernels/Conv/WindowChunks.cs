namespace TinyJepa.Kernels;

/// <summary>
/// How a product of windows is cut into chunks: into runs of groups of windows and, where there are few groups, into two halves of the panels.
/// </summary>
readonly struct WindowChunks
{
    /// <summary>512 KB of panels stay in the second-level cache.</summary>
    internal const int NearFloats = 128 << 10;

    /// <summary>288 KB of the left factor are multiplied in each pass over panels that do not fit there.</summary>
    internal const int GroupFloatsBeyondL2 = 72 << 10;

    /// <summary>Elements of a window, and so of a panel and a tile, in one pass.</summary>
    internal const int MostDepth = 2048;

    const int Work = 1 << 18;                            // multiply-adds that are worth a chunk: about 4 µs
    const int Most = 256;

    readonly int _groups, _groupsPerRun, _halves, _panels, _runs;

    /// <param name="groups">How many groups.</param>
    /// <param name="work">Multiply-adds of one.</param>
    /// <param name="outputs">Columns of the panels.</param>
    internal WindowChunks(int groups, long work, int outputs)
    {
        work = Math.Max(1, work);
        _groups = groups;
        _panels = IntegerMath.CeilDiv(outputs, MicroKernel.PanelColumns);
        _groupsPerRun = (int)Math.Max(IntegerMath.CeilDiv(Work, work), IntegerMath.CeilDiv(groups, Most));
        _halves = groups < 16 && _panels > 1 && work > Work ? 2 : 1;
        _runs = IntegerMath.CeilDiv(groups, _groupsPerRun);
    }

    internal int Count => _runs * _halves;

    /// <summary>The groups and panels of a chunk. The halves follow one another, so that the panels of one half stay in a thread's cache.</summary>
    internal void Of(int chunk, out int group, out int endGroup, out int panel, out int endPanel)
    {
        int half = chunk / _runs, run = chunk % _runs;
        (group, endGroup) = (run * _groupsPerRun, Math.Min(_groups, (run + 1) * _groupsPerRun));
        (panel, endPanel) = (half * _panels / _halves, (half + 1) * _panels / _halves);
    }
}
