namespace TinyJepa.Samples.DvdLogo;

/// <summary>The published recipe with parts taken out, step by step: what prevents collapse?</summary>
/// <param name="Name">What is left in.</param>
/// <param name="Curves">Loss and standard deviation of the embedding at every step.</param>
internal sealed record Ablation(string Name, LearningCurves Curves)
{
    /// <summary>Steps at which the table shows the standard deviation.</summary>
    public static IReadOnlyList<int> Steps => [1, 50, 250, 500, 1000, 2500];

    public static Ablation Of(TrainedDvd trained) => new(trained.Recipe.Name, trained.Curves);

    /// <summary>A row of the table.</summary>
    public IReadOnlyList<string> Row =>
        [Name, .. Steps.Select(step => Numbers.Short(Curves.Std[step - 1])), Numbers.Short(Curves.Loss[^100..].Average())];
}
