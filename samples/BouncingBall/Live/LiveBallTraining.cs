namespace TinyJepa.Samples.BouncingBall;

/// <summary>A training that the page watches.</summary>
internal sealed class LiveBallTraining(BallTraining training, LiveBall.LiveFilms films) : ILiveTraining<LiveBall>
{
    public int Steps => training.Steps;

    public int CurveSteps => training.Steps;

    public (float Loss, float Deviation) Step() => training.Step();

    public LiveBall Snapshot(int step, double seconds) => new(training.Model.Snapshot(), films, step, training.Steps, seconds);
}
