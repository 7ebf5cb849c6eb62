namespace TinyJepa.Samples.BouncingBall;

/// <summary>Something that moves and is observed with noise. All arithmetic is IEEE's own, so every machine sees the same world.</summary>
internal abstract class World
{
    /// <summary>Seconds between two frames.</summary>
    public const double FrameTime = 0.05;

    /// <summary>Standard deviation of the noise on every observed value.</summary>
    public const double Noise = 0.05;

    /// <summary>Gravity, m/s².</summary>
    public const double Gravity = 9.81;

    /// <summary>What a probe should find, by name; the position first, the velocity last.</summary>
    public abstract IReadOnlyList<string> Labels { get; }

    /// <summary>Values in a frame.</summary>
    public abstract int Width { get; }

    /// <summary>Starts at a random state.</summary>
    public abstract void Start(Rng rng);

    /// <summary>Lets one frame's time pass.</summary>
    public abstract void Step();

    /// <summary>The frame without noise, [<see cref="Width"/>].</summary>
    public abstract void Observe(Span<double> frame);

    /// <summary>The true state, [labels].</summary>
    public abstract void Label(Span<double> labels);
}
