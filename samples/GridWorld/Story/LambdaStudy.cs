namespace TinyJepa.Samples.GridWorld;

/// <summary>
/// “λ = 0.1 collapses, λ = 10 works”: what one finds when SIGReg is not multiplied by the number of samples. Multiplied, as its authors do it, a
/// hundredth of that λ does the same work. A few weights, trained for a short while each.
/// </summary>
/// <param name="Recipe">The weight, and whether SIGReg is multiplied.</param>
/// <param name="Measured">What came out.</param>
internal sealed record LambdaStudy(Recipe Recipe, Measurements Measured)
{
    const int Steps = 120;

    static readonly (float Lambda, bool Scaled)[] s_weights = [(0.1f, false), (1f, false), (10f, false), (0.001f, true), (0.01f, true), (0.1f, true), (1f, true)];

    /// <summary>The published recipe with each weight, for a short training.</summary>
    public static IEnumerable<Recipe> Recipes => s_weights.Select(weight => Recipe.Published with
    {
        Name = $"λ = {weight.Lambda}{(weight.Scaled ? " × N" : "")}", Steps = Steps, Lambda = weight.Lambda, ScaleBySamples = weight.Scaled,
    });

    /// <summary>The names of a row's cells.</summary>
    public static IReadOnlyList<string> Header => ["weight", "in all", "std", "first two directions", "effective rank", "R² of cells left out", "transitions right"];

    /// <summary>A row of the table.</summary>
    public IReadOnlyList<string> Row =>
    [
        Recipe.Name, Numbers.Short(Recipe.Lambda * (Recipe.ScaleBySamples ? Recipe.Walks : 1)), Numbers.Short(Measured.Std),
        Numbers.Percent(Measured.FirstTwo), Numbers.Short(Measured.EffectiveRank), Numbers.Short(Measured.LeaveOneOut), $"{Measured.Transitions.Right}/{Measured.Transitions.All}",
    ];
}
