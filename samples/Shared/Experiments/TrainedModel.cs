namespace TinyJepa.Samples;

/// <summary>A model at the end of its training.</summary>
/// <param name="Model">The weights.</param>
/// <param name="Recipe">How they were trained.</param>
/// <param name="Seed">The seed they were trained from.</param>
/// <param name="Seconds">How long that took.</param>
/// <param name="ProcessorSeconds">How much processor time it took, which does not grow with what else the machine does; NaN if it is not known.</param>
/// <param name="Curves">What the training measured.</param>
public sealed record TrainedModel<TRecipe, TModel>(TModel Model, TRecipe Recipe, long Seed, double Seconds, double ProcessorSeconds, LearningCurves Curves)
    where TRecipe : class, IRecipe<TRecipe> where TModel : SampleModel;
