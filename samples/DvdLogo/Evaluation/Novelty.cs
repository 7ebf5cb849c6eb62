namespace TinyJepa.Samples.DvdLogo;

/// <summary>
/// Which observations no training clip contains. Clips start anywhere, but once both axes have touched a wall the logo moves on a grid of
/// places that all worlds share: most later observations of a fresh clip occur in training too, bit for bit.
/// </summary>
internal sealed class Novelty(DvdSequences training)
{
    readonly HashSet<(Position Older, Position Newer)> _known =
        [.. Enumerable.Range(0, training.Count).SelectMany(clip => Enumerable.Range(0, training.Length - 1)
            .Select(t => (training.Position(clip, t), training.Position(clip, t + 1))))];

    /// <summary>The rows of a set's latents (clip by clip, time by time) whose observation is new.</summary>
    public int[] Rows(DvdSequences clips)
    {
        var times = clips.Length - 1;
        return [.. Enumerable.Range(0, clips.Count * times)
            .Where(row => !_known.Contains((clips.Position(row / times, row % times), clips.Position(row / times, row % times + 1))))];
    }
}
