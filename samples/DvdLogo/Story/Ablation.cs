namespace TinyJepa.Samples.DvdLogo;

/// <summary>What keeps the embedding from collapsing: the published recipe with its parts taken out, watched as it trains.</summary>
/// <param name="Name">What is left in.</param>
/// <param name="Deviations">The embedding's mean deviation over the batch, step by step.</param>
/// <param name="Losses">The loss, step by step.</param>
internal sealed record Ablation(string Name, float[] Deviations, float[] Losses)
{
    /// <summary>Steps at which the table shows the deviation.</summary>
    public static IReadOnlyList<int> Steps => [1, 50, 250, 500, 1000, 2500];

    public static List<Ablation> Run(DvdSequences clips, long seed, Checkpointing checkpoints, CancellationToken cancellation) =>
        [.. Recipe.Ablation.Select(recipe =>
        {
            var trained = TrainedModel.Train(recipe, clips, seed, checkpoints, cancellation);
            return new Ablation(recipe.Name, trained.Deviations, trained.Losses);
        })];

    /// <summary>A row of the table.</summary>
    public IReadOnlyList<string> Row =>
        [Name, .. Steps.Select(step => Numbers.Short(Deviations[step - 1])), Numbers.Short(Losses[^100..].Average())];
}
