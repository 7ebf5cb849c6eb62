namespace TinyJepa.Samples.BouncingBall;

/// <summary>What was trained from one seed: the model, and the same recipe with a part taken out.</summary>
/// <param name="Trained">The model.</param>
/// <param name="Measured">How it does.</param>
/// <param name="WithoutAction">How the recipe does without sign(v) as an action; the same if it has none.</param>
/// <param name="Single">The model of single frames.</param>
/// <param name="SingleMeasured">How that does.</param>
internal sealed record BallRun(TrainedBall Trained, Measurements Measured, Measurements WithoutAction, TrainedBall Single, Measurements SingleMeasured)
    : Run<Recipe, BallModel>(Trained);
