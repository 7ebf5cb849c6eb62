using TinyJepa.Samples;
using TinyJepa.Samples.DvdLogo;

namespace TinyJepa.Tests.Samples;

/// <summary>A logo model that is real, only hardly trained: what a test of the live page needs.</summary>
internal static class TinyDvd
{
    /// <summary>Of the encoder and the predictor.</summary>
    public const int Steps = 60;

    const int DecoderSteps = 60;

    static readonly DvdSequences s_clips = DvdWorld.MakeSequences(count: 8, length: 16);
    static readonly DvdExperiment s_experiment = new();

    public static int TotalSteps => Short(Steps).TotalSteps;

    /// <summary>A trainer whose first model has been through the whole of its short training.</summary>
    public static LiveTrainer<LiveModel> Trainer(int steps = Steps)
    {
        var watched = Training(steps);
        for (var i = 0; i < watched.Training.Steps; i++) watched.Training.Step();
        return new(watched.Snapshot(watched.Training.Steps, 1), () => Training(steps));
    }

    /// <summary>A trainer with an untrained model and a training so long that no test sees its end.</summary>
    public static LiveTrainer<LiveModel> Endless() => new(Untrained(), () => Training(1_000_000));

    public static LiveModel Untrained() => s_experiment.Show(new DvdModel(seed: 1), Short(1_000_000), step: 0, steps: 1_000_000 + DecoderSteps, seconds: 0);

    public static Task<LiveServer> ServeAsync(LiveTrainer<LiveModel> trainer, int port = 0, CancellationToken cancellation = default) =>
        s_experiment.ServeAsync(socket => new DvdSession(socket, trainer), port, cancellation);

    static LiveTraining<LiveModel> Training(int steps)
    {
        var training = new DvdTraining(Short(steps), s_clips, seed: 0);
        return new(training, (step, seconds) => s_experiment.Show(training.Snapshot(), Short(steps), step, training.Steps, seconds));
    }

    static Recipe Short(int steps) => new() { Name = "tiny", Steps = steps, DecoderSteps = DecoderSteps, Clips = 8 };
}
