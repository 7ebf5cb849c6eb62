using TinyJepa.Samples;
using TinyJepa.Samples.BouncingBall;

namespace TinyJepa.Tests.Samples;

/// <summary>A ball's model that is real, only hardly trained: what a test of the live page needs.</summary>
internal static class TinyBall
{
    static readonly Trajectories s_pool = new(new BallWorld(), 20, seed: 1);
    static readonly LiveBall.LiveFilms s_films = new();

    public static Recipe Short(int epochs = 1) => Recipe.Best with { Name = "tiny", Epochs = epochs, Batch = 128, Directions = 32 };

    /// <summary>The model of single frames.</summary>
    public static LiveBall Single { get; } = Trained(Short().SingleFrame());

    public static TrainedModel Curve { get; } = new(new BallModel(Short(), 1, 0), 0, 1, 1, [3, 2, 1.5], [1, 1, 1]);

    /// <summary>A trainer whose first model has been through the whole of its short training.</summary>
    public static LiveTrainer<LiveBall> Trainer(int epochs = 2) => new(Trained(Short(epochs)), () => Training(Short(epochs)));

    /// <summary>A trainer with an untrained model and a training so long that no test sees its end.</summary>
    public static LiveTrainer<LiveBall> Endless()
    {
        var recipe = Short(1_000_000);
        return new(Training(recipe).Snapshot(0, 0), () => Training(recipe));
    }

    public static Task<LiveServer> ServeAsync(LiveTrainer<LiveBall> trainer, int port = 0) => Play.StartAsync(trainer, Single, [Curve, Curve with { Seed = 1, Losses = [4, 2.5, 1.4] }], port);

    static LiveBallTraining Training(Recipe recipe) => new(new BallTraining(recipe, s_pool, seed: 0), s_films);

    static LiveBall Trained(Recipe recipe)
    {
        var training = Training(recipe);
        for (var i = 0; i < training.Steps; i++) training.Step();
        return training.Snapshot(training.Steps, 1);
    }
}
