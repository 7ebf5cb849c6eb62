namespace TinyJepa.Samples.BouncingBall;

/// <summary>
/// Trajectories of a world. Trajectory i of a set depends on the set's seed and on i alone, so a longer set begins with the shorter one, and two
/// sets of different seeds share none. The noise of a frame is drawn once: windows that overlap share it.
/// </summary>
internal sealed class Trajectories
{
    /// <summary>Frames of a trajectory: ten seconds.</summary>
    public const int Length = 200;

    readonly float[] _frames, _labels, _clean;

    /// <param name="world">What moves; its state changes.</param>
    /// <param name="count">Trajectories.</param>
    /// <param name="seed">The published pool is made once, from a seed of its own.</param>
    public Trajectories(World world, int count, long seed)
    {
        (Count, Width, LabelNames) = (count, world.Width, world.Labels);
        (_frames, _clean) = (new float[count * Length * Width], new float[count * Length * Width]);
        _labels = new float[count * Length * world.Labels.Count];
        Span<double> frame = stackalloc double[Width], labels = stackalloc double[world.Labels.Count];
        Span<float> noise = stackalloc float[Length * Width];
        for (var i = 0; i < count; i++)
        {
            var rng = new Rng(seed)[i];
            world.Start(rng["start"]);
            rng["noise"].FillNormal(noise);
            for (var t = 0; t < Length; t++)
            {
                if (t > 0) world.Step();
                world.Observe(frame);
                world.Label(labels);
                var row = i * Length + t;
                for (var j = 0; j < Width; j++)
                {
                    _clean[row * Width + j] = (float)frame[j];
                    _frames[row * Width + j] = (float)(frame[j] + World.Noise * noise[t * Width + j]);
                }

                for (var j = 0; j < labels.Length; j++) _labels[row * labels.Length + j] = (float)labels[j];
            }
        }
    }

    public int Count { get; }

    /// <summary>Values in a frame.</summary>
    public int Width { get; }

    public IReadOnlyList<string> LabelNames { get; }

    /// <summary>What the model sees: [count·200, width].</summary>
    public Tensor Frames => Tensor.From(_frames, [Count * Length, Width]);

    /// <summary>The same without noise.</summary>
    public Tensor Clean => Tensor.From(_clean, [Count * Length, Width]);

    /// <summary>The true state at every frame: [count·200, labels].</summary>
    public Tensor Labels => Tensor.From(_labels, [Count * Length, LabelNames.Count]);

    /// <summary>The direction of motion at every frame, −1, 0 or 1: the published model's "action", which explains more than half of the velocity.</summary>
    public float[] Directions()
    {
        var labels = LabelNames.Count;
        return [.. Enumerable.Range(0, Count * Length).Select(row => (float)Math.Sign(_labels[row * labels + labels - 1]))];
    }

    /// <summary>One label along one trajectory.</summary>
    public float Label(int trajectory, int time, int label) => _labels[(trajectory * Length + time) * LabelNames.Count + label];

    /// <summary>One value of a frame as the model sees it.</summary>
    public float Seen(int trajectory, int time, int index = 0) => _frames[(trajectory * Length + time) * Width + index];

    /// <summary>The first rows of all windows that leave room for some frames after them.</summary>
    /// <param name="window">Frames of a window.</param>
    /// <param name="after">Frames that must follow it within its trajectory.</param>
    public int[] Starts(int window, int after)
    {
        var each = Length - window - after + 1;
        return each < 1
            ? throw new ArgumentException($"A trajectory of {Length} frames has no window of {window} with {after} frames after it.")
            : [.. Enumerable.Range(0, Count * each).Select(i => i / each * Length + i % each)];
    }
}
