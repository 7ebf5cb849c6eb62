namespace TinyJepa.Samples.BouncingBall;

/// <summary>The best recipe in a world it was not made for: what the seed names as next.</summary>
/// <param name="Name">The world.</param>
/// <param name="Labels">What was looked for.</param>
/// <param name="Marks">What was found.</param>
/// <param name="Controls">What the same windows give without the model.</param>
internal sealed record OtherWorld(string Name, IReadOnlyList<string> Labels, Examination Marks, Controls Controls)
{
    public static IReadOnlyList<string> Header => ["world", "probed", "place R²", "velocity R²", "raw window", "supervised", "effective rank"];

    /// <summary>A row of the table.</summary>
    public IReadOnlyList<string> Row =>
        [Name, string.Join(", ", Labels), Numbers.Short(Marks.Fresh.Position), Numbers.Short(Marks.Fresh.Velocity), Show(Controls.Raw), Show(Controls.Ceiling[0]), Numbers.Short(Marks.EffectiveRank)];

    public static List<OtherWorld> All(long seed, Checkpointing checkpoints, CancellationToken cancellation) =>
    [
        Of("a ball that comes to rest", new BallWorld { Rests = true }, seed, checkpoints, cancellation),
        Of("air resistance of 0.05/m", new BallWorld { Drag = 0.05 }, seed, checkpoints, cancellation),
        Of("a pendulum", new PendulumWorld(), seed, checkpoints, cancellation),
    ];

    static OtherWorld Of(string name, World world, long seed, Checkpointing checkpoints, CancellationToken cancellation)
    {
        var films = new Films(world);
        var recipe = Recipe.Best with { Name = $"best, {name}" };
        var trained = TrainedModel.Train(recipe, films.Pool, seed, checkpoints, cancellation);
        return new OtherWorld(name, world.Labels, Examination.Of(trained.Model, films), Controls.Of(films, recipe, [seed], cancellation));
    }

    static string Show(Reading reading) => $"{Numbers.Short(reading.Position)} / {Numbers.Short(reading.Velocity)}";
}
