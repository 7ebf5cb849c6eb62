using TinyJepa.Data;

namespace TinyJepa.Samples.BouncingBall;

/// <summary>All windows of a set that have a frame after them, as published, and the true state at the last frame of each.</summary>
internal sealed class Observations
{
    readonly Trajectories _trajectories;
    readonly int[] _starts;

    /// <param name="trajectories">The set.</param>
    /// <param name="window">Frames of a window.</param>
    public Observations(Trajectories trajectories, int window) => (_trajectories, Window, _starts) = (trajectories, window, trajectories.Starts(window, after: 1));

    /// <summary>Frames of a window.</summary>
    public int Window { get; }

    public int Count => _starts.Length;

    /// <summary>What the model sees: [count, window·width].</summary>
    public Tensor Windows => new SlidingWindows(_trajectories.Frames, Window).Take(_starts);

    /// <summary>The same without noise.</summary>
    public Tensor CleanWindows => new SlidingWindows(_trajectories.Clean, Window).Take(_starts);

    /// <summary>The true state: [count, labels].</summary>
    public Tensor Labels => new SlidingWindows(_trajectories.Labels, 1).Take(Ends);

    /// <summary>sign(v) at the last frame: [count, 1].</summary>
    public Tensor Directions
    {
        get
        {
            var directions = _trajectories.Directions();
            return Tensor.From([.. Ends.Select(row => directions[row])], [Count, 1]);
        }
    }

    /// <summary>The windows in which the ball lies on the floor, bounces, or only flies.</summary>
    public (int[] Still, int[] Bounce, int[] Flight) ByMotion()
    {
        var kinds = Enumerable.Range(0, Count).ToLookup(i => Motion(_starts[i]));
        return ([.. kinds[0]], [.. kinds[1]], [.. kinds[2]]);
    }

    int[] Ends => [.. _starts.Select(start => start + Window - 1)];

    // At rest: never 2 cm above the floor. A bounce is the only thing that makes the velocity grow.
    int Motion(int start)
    {
        var (trajectory, time) = (start / Trajectories.Length, start % Trajectories.Length);
        var (rest, bounce) = (true, false);
        for (var t = time; t < time + Window; t++)
        {
            rest &= _trajectories.Label(trajectory, t, 0) < 0.02f;
            bounce |= t > time && _trajectories.Label(trajectory, t, 1) > _trajectories.Label(trajectory, t - 1, 1);
        }

        return rest ? 0 : bounce ? 1 : 2;
    }
}
