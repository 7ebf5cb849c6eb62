namespace TinyJepa.Samples.DvdLogo;

/// <summary>What was trained from one seed.</summary>
/// <param name="Trained">The model.</param>
/// <param name="Measured">How it does on fresh clips.</param>
internal sealed record DvdRun(TrainedDvd Trained, Measurements Measured) : Run<Recipe, DvdModel>(Trained);
