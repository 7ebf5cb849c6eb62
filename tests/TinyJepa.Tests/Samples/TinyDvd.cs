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

    public static int TotalSteps => Short(Steps).TotalSteps;

    /// <summary>A trainer whose first model has been through the whole of its short training.</summary>
    public static LiveTrainer<LiveModel> Trainer(int steps = Steps)
    {
        var training = Training(steps);
        for (var i = 0; i < training.Steps; i++) training.Step();
        return new LiveTrainer<LiveModel>(new LiveModel(training.Model.Snapshot(), Short(steps), training.Steps, trainSeconds: 1), () => Training(steps));
    }

    /// <summary>A trainer with an untrained model and a training so long that no test sees its end.</summary>
    public static LiveTrainer<LiveModel> Endless() => new(Untrained(1_000_000), () => Training(1_000_000));

    public static LiveModel Untrained(int steps = 1) => new(new DvdModel(seed: 1), Short(steps), step: 0, trainSeconds: 0);

    static DvdTraining Training(int steps) => new(Short(steps), s_clips, seed: 0);

    static Recipe Short(int steps) => new() { Name = "tiny", Steps = steps, DecoderSteps = DecoderSteps, Clips = 8 };
}
