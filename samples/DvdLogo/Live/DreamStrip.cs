namespace TinyJepa.Samples.DvdLogo;

/// <summary>Frames of one fixed clip and of a model's dream of it: they show how a training succeeds.</summary>
internal sealed class DreamStrip
{
    const uint Seed = 7;                // the published forecast clip

    static readonly DvdSequences s_clip = DvdWorld.RollOne(seed: Seed);

    public DreamStrip(LiveModel model)
    {
        Span<float> latent = stackalloc float[DvdModel.Latent], next = stackalloc float[DvdModel.Latent];
        Span<float> frame = stackalloc float[LogoFrame.Length];
        model.Encode(s_clip.Observation(0, 0), latent);
        var horizon = Steps[^1];
        for (int step = 1, shown = 0; step <= horizon; step++)
        {
            model.Predict(latent, next);
            next.CopyTo(latent);
            model.Decode(latent, frame);

            var truth = s_clip.Frame(0, step + 1);      // the newest frame of the observation that the latent stands for
            Error += LiveScene.Distance(frame, truth) / horizon;
            StillError += LiveScene.Distance(s_clip.Frame(0, 1), truth) / horizon;
            if (step != Steps[shown]) continue;
            truth.CopyTo(Reality.AsSpan(shown * LogoFrame.Length));
            frame.CopyTo(Dream.AsSpan(shown * LogoFrame.Length));
            shown++;
        }
    }

    /// <summary>How many steps deep each picture of the dream is.</summary>
    public static ReadOnlySpan<int> Steps => [1, 4, 8, 12, 16, 20, 25, 30];

    /// <summary>[8, 256]</summary>
    public float[] Reality { get; } = new float[8 * LogoFrame.Length];

    /// <summary>[8, 256]</summary>
    public float[] Dream { get; } = new float[8 * LogoFrame.Length];

    /// <summary>Mean squared pixel error over the 30 steps.</summary>
    public float Error { get; }

    /// <summary>The same for a forecaster that repeats the last frame it saw.</summary>
    public float StillError { get; }
}
