using TinyJepa.Samples;
using TinyJepa.Samples.BouncingBall;

namespace TinyJepa.Tests.Samples;

/// <summary>A ball's model that is real, only hardly trained: what a test of the live page needs.</summary>
internal static class TinyBall
{
    static readonly BallExperiment s_experiment = new(new TrajectorySets(new BallWorld(), pool: 20, fresh: 10));

    public static Recipe Short(int epochs = 1) => Recipe.Best with { Name = "tiny", Epochs = epochs, Batch = 128, Directions = 32 };

    /// <summary>The model of single frames.</summary>
    public static LiveBall Single { get; } = Trained(Short().SingleFrame());

    /// <summary>A trainer whose first model has been through the whole of its short training.</summary>
    public static LiveTrainer<LiveBall> Trainer(int epochs = 2) => new(Trained(Short(epochs)), () => s_experiment.NewLiveTraining(Short(epochs), seed: 0));

    /// <summary>A trainer with an untrained model and a training so long that no test sees its end.</summary>
    public static LiveTrainer<LiveBall> Endless()
    {
        var recipe = Short(1_000_000);
        return new(s_experiment.NewLiveTraining(recipe, seed: 0).Snapshot(0, 0), () => s_experiment.NewLiveTraining(recipe, seed: 0));
    }

    public static Task<LiveServer> ServeAsync(LiveTrainer<LiveBall> trainer, int port = 0)
    {
        var model = new BallModel(Short(), width: 1, seed: 0);
        TrainedModel<Recipe, BallModel>[] curves = [.. ((double[][])[[3, 2, 1.5], [4, 2.5, 1.4]]).Select((loss, seed) =>
            new TrainedModel<Recipe, BallModel>(model, Short(), seed, 1, 1, LearningCurves.None with { Loss = loss }))];
        return s_experiment.ServeAsync(socket => new BallSession(socket, trainer, Single, curves), port);
    }

    static LiveBall Trained(Recipe recipe)
    {
        var watched = s_experiment.NewLiveTraining(recipe, seed: 0);
        for (var i = 0; i < watched.Training.Steps; i++) watched.Training.Step();
        return watched.Snapshot(watched.Training.Steps, 1);
    }
}
