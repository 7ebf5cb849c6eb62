namespace TinyJepa.Samples.BouncingBall;

/// <summary>The best recipe in a world it was not made for: what the published text names as next.</summary>
/// <param name="Name">The world.</param>
/// <param name="Labels">What a probe looks for.</param>
/// <param name="Measured">What it finds.</param>
/// <param name="Controls">What the same windows give without the model.</param>
internal sealed record OtherWorld(string Name, IReadOnlyList<string> Labels, Measurements Measured, Controls Controls)
{
    public static IReadOnlyList<string> Header => ["world", "probed", "place R²", "velocity R²", "raw window", "supervised", "effective rank"];

    /// <summary>A row of the table.</summary>
    public IReadOnlyList<string> Row =>
    [
        Name, string.Join(", ", Labels), Numbers.Short(Measured.Fresh.Position), Numbers.Short(Measured.Fresh.Velocity),
        Show(Controls.Raw), Show(Controls.Ceiling[0]), Numbers.Short(Measured.EffectiveRank),
    ];

    public static List<OtherWorld> All(long seed, Checkpointing checkpoints, CancellationToken cancellation) =>
    [
        Of("a ball that comes to rest", new BallWorld { Rests = true }, seed, checkpoints, cancellation),
        Of("air resistance of 0.05/m", new BallWorld { Drag = 0.05 }, seed, checkpoints, cancellation),
        Of("a pendulum", new PendulumWorld(), seed, checkpoints, cancellation),
    ];

    static OtherWorld Of(string name, World world, long seed, Checkpointing checkpoints, CancellationToken cancellation)
    {
        var sets = new TrajectorySets(world);
        var recipe = Recipe.Best with { Name = $"best, {name}" };
        var trained = new BallExperiment(sets).Train(recipe, seed, checkpoints, cancellation);
        return new OtherWorld(name, world.Labels, Measurements.Of(trained.Model, sets), Controls.Of(sets, recipe, [seed], cancellation));
    }

    static string Show(ProbeR2 r2) => $"{Numbers.Short(r2.Position)} / {Numbers.Short(r2.Velocity)}";
}
