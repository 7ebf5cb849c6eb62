using TinyJepa.Samples.DvdLogo;

namespace TinyJepa.Tests.Samples;

/// <summary>A logo model that is real, only hardly trained: what a test of the live page needs.</summary>
internal static class TinyDvd
{
    public const int Steps = 60;

    /// <summary>A trainer whose first model has been through the whole of its short training.</summary>
    public static LiveTrainer Trainer(int steps = Steps)
    {
        var training = Training(steps);
        for (var i = 0; i < steps; i++) training.Step();
        return new LiveTrainer(new LiveModel(training.Snapshot(), "tiny", steps, steps, 1), () => Training(steps));
    }

    /// <summary>A trainer with an untrained model and a training so long that no test sees its end.</summary>
    public static LiveTrainer Endless() => new(Untrained(), () => Training(1_000_000));

    public static LiveModel Untrained() => new(Training(1).Snapshot(), "none", 0, 1, 0);

    static DvdTraining Training(int steps) => new(steps, batch: 8, DvdWorld.MakeSequences(count: 8, length: 16));
}
