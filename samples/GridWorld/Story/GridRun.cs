namespace TinyJepa.Samples.GridWorld;

/// <summary>What was trained from one seed: a model with all transitions, and one without some.</summary>
/// <param name="Trained">The model with all transitions.</param>
/// <param name="Measured">How it does.</param>
/// <param name="Held">How the model without some transitions does on them.</param>
internal sealed record GridRun(TrainedGrid Trained, Measurements Measured, HeldOut Held) : Run<Recipe, GridModel>(Trained);
