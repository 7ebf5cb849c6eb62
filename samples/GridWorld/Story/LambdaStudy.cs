namespace TinyJepa.Samples.GridWorld;

/// <summary>
/// “λ = 0.1 collapses, λ = 10 works”: what one finds when SIGReg is not multiplied by the number of samples. Multiplied, as its authors do it, a
/// hundredth of that λ does the same work. A few weights, trained for a short while each.
/// </summary>
/// <param name="Recipe">The weight, and whether SIGReg is multiplied.</param>
/// <param name="Marks">What came out.</param>
internal sealed record LambdaStudy(Recipe Recipe, Examination Marks)
{
    const int Steps = 120;

    static readonly (float Lambda, bool Scaled)[] s_weights = [(0.1f, false), (1f, false), (10f, false), (0.001f, true), (0.01f, true), (0.1f, true), (1f, true)];

    public static List<LambdaStudy> Run(GridMap map, long seed, Checkpointing checkpoints, CancellationToken cancellation) =>
        [.. s_weights.Select(weight =>
        {
            var recipe = Recipe.Published with { Name = $"λ = {weight.Lambda}{(weight.Scaled ? " × N" : "")}", Steps = Steps, Lambda = weight.Lambda, ScaleBySamples = weight.Scaled };
            var trained = TrainedModel.Train(recipe, new Walks(map), seed, checkpoints, cancellation);
            return new LambdaStudy(recipe, Examination.Of(map, trained.Model, seed));
        })];

    /// <summary>The names of a row's cells.</summary>
    public static IReadOnlyList<string> Header => ["weight", "in all", "deviation", "first two directions", "effective rank", "R² of cells left out", "transitions right"];

    /// <summary>A row of the table.</summary>
    public IReadOnlyList<string> Row =>
    [
        Recipe.Name, Numbers.Short(Recipe.Lambda * (Recipe.ScaleBySamples ? Recipe.Walks : 1)), Numbers.Short(Marks.Deviation),
        Numbers.Percent(Marks.Explained[0] + Marks.Explained[1]), Numbers.Short(Marks.EffectiveRank), Numbers.Short(Marks.LeaveOneOut), $"{Marks.Transitions.Right}/{Marks.Transitions.All}",
    ];
}
