namespace TinyJepa.Samples.DvdLogo;

/// <summary>
/// A logo that bounces in a box of 16 × 16 pixels, one of the four diagonal directions at a time. One frame does not show the
/// direction; two do. Positions are float32 as in the published world, so every clip agrees with it bit for bit.
/// </summary>
public sealed class DvdWorld
{
    /// <summary>Pixels per frame and axis: the published 0.05 of the box's 15 pixels.</summary>
    public const float Speed = 0.75f;

    const float Near = 1, Far = LogoFrame.Side - 2;

    readonly NumPyRandom _random;
    float _y, _x, _vy, _vx;

    /// <summary>Starts a world at a random place of the middle region, heading in a random diagonal.</summary>
    /// <param name="random">Where the start and every later <see cref="Reset"/> and <see cref="Teleport"/> come from.</param>
    public DvdWorld(NumPyRandom random)
    {
        ArgumentNullException.ThrowIfNull(random);
        _random = random;
        Reset();
    }

    DvdWorld(NumPyRandom random, float y, float x) => (_random, _y, _x) = (random, y, x);

    /// <summary>Where the logo is now.</summary>
    public Position Position => new(_y, _x);

    /// <summary>
    /// The training data: clips that start anywhere in [2, 13)². All places are drawn before all directions, so clip i depends on how
    /// many clips there are.
    /// </summary>
    /// <param name="count">Clips.</param>
    /// <param name="length">Frames in each clip.</param>
    /// <param name="seed">The published training set is seed 0.</param>
    public static DvdSequences MakeSequences(int count = 400, int length = 64, uint seed = 0)
    {
        var random = new NumPyRandom(seed);
        var sequences = new DvdSequences(count, length);
        var worlds = new DvdWorld[count];
        for (var i = 0; i < count; i++)
            worlds[i] = new DvdWorld(random, (float)random.Uniform(2, 13), (float)random.Uniform(2, 13));

        foreach (var world in worlds) world.Head();
        for (var i = 0; i < count; i++)
            for (var t = 0; t < length; t++)
                sequences.Record(i, t, worlds[i].Step());

        return sequences;
    }

    /// <summary>One clip for evaluation; it may contain the jump that no model can predict.</summary>
    /// <param name="length">Frames.</param>
    /// <param name="seed">The published forecast clip is seed 7, the published anomaly clip seed 3.</param>
    /// <param name="teleportAt">The frame that first shows the logo at its new place, or null for an undisturbed clip.</param>
    public static DvdSequences RollOne(int length = 44, uint seed = 0, int? teleportAt = null) => RollMany(1, length, seed, teleportAt);

    /// <summary>Clips for evaluation, each of a seed of its own: <paramref name="firstSeed"/>, the next, and so on.</summary>
    /// <inheritdoc cref="RollOne"/>
    public static DvdSequences RollMany(int count, int length, uint firstSeed, int? teleportAt = null)
    {
        var sequences = new DvdSequences(count, length);
        for (var i = 0; i < count; i++)
        {
            var world = new DvdWorld(new NumPyRandom(firstSeed + (uint)i));
            for (var t = 0; t < length; t++)
            {
                if (t == teleportAt) world.Teleport();
                sequences.Record(i, t, world.Step());
            }
        }

        return sequences;
    }

    /// <summary>Starts anew at a random place with a random heading.</summary>
    public void Reset()
    {
        Teleport();
        Head();
    }

    /// <summary>Moves the logo to a random place and keeps its heading. The frame after the next <see cref="Step"/> shows it there.</summary>
    public void Teleport() => (_y, _x) = ((float)_random.Uniform(3, 12), (float)_random.Uniform(3, 12));

    /// <summary>Lets one frame's time pass.</summary>
    /// <returns>The new position.</returns>
    public Position Step()
    {
        Advance(ref _y, ref _vy);
        Advance(ref _x, ref _vx);
        return Position;
    }

    /// <summary>Draws the world as it is now.</summary>
    /// <param name="frame">[256], rows from the top.</param>
    public void Render(Span<float> frame) => LogoFrame.Render(Position, frame);

    void Head() => (_vy, _vx) = (_random.Sign() * Speed, _random.Sign() * Speed);

    // The overshoot is cut off rather than mirrored: the rhythm of the bounces therefore shifts at every wall.
    static void Advance(ref float p, ref float velocity)
    {
        p += velocity;
        if (p is > Far or < Near) velocity = -velocity;
        p = Math.Clamp(p, Near, Far);
    }
}
