using TinyJepa.Analysis;
using TinyJepa.Nn;

namespace TinyJepa.Samples.DvdLogo;

/// <summary>Everything that is measured on one trained model.</summary>
internal sealed record Measurements
{
    /// <summary>Least squares on the training data, measured on fresh clips, in pixels.</summary>
    public required ProbeScore Probe { get; init; }

    /// <summary>The same probe on those fresh observations that training does not contain.</summary>
    public required ProbeScore ProbeOnNew { get; init; }

    /// <summary>Their fraction of the fresh observations.</summary>
    public required double NewFraction { get; init; }

    /// <summary>The probe by the published protocol.</summary>
    public required double PublishedProbe { get; init; }

    public required Forecast Forecast { get; init; }

    /// <summary>The forecast on the published clip alone.</summary>
    public required Forecast PublishedForecast { get; init; }

    /// <summary>Surprise measured between latents, without the decoder.</summary>
    public required SurpriseStudy Latents { get; init; }

    /// <summary>Surprise measured between pictures, as published.</summary>
    public required SurpriseStudy Pixels { get; init; }

    /// <summary>Pixel surprise along the published clip.</summary>
    public required double[] PublishedJump { get; init; }

    /// <summary>Mean over the dimensions of the latents' standard deviation over the training data.</summary>
    public required double EmbeddingStd { get; init; }

    public required double EffectiveRank { get; init; }

    /// <param name="model">A trained model.</param>
    /// <param name="fresh">Clips it has not seen.</param>
    /// <param name="seed">For the published probe's batches.</param>
    public static Measurements Of(DvdModel model, FreshClips fresh, long seed)
    {
        using var scope = Scope.Begin();
        Latents Encode(DvdSequences clips) => DvdLogo.Latents.Of(model.Slow, clips);

        var training = Encode(fresh.Training);
        var (calibration, quiet, jumps) = (Encode(fresh.Calibration), Encode(fresh.Quiet), Encode(fresh.Jumps));
        var probed = Encode(fresh.Probe);
        var meanFrame = MeanFrame(fresh.Training);
        var probe = LinearProbe.Fit(training.All, training.Places());
        var (features, places, unseen) = (probed.All, probed.Places(), new Novelty(fresh.Training).Rows(fresh.Probe));
        return new Measurements
        {
            Probe = probe.Score(features, places),
            ProbeOnNew = probe.Score(features.Gather(unseen), places.Gather(unseen)),
            NewFraction = unseen.Length / (double)features.Shape[0],
            PublishedProbe = DvdLogo.PublishedProbe.Rmse(training, seed),
            Forecast = Forecast.Of(model, Encode(fresh.Forecast), meanFrame),
            PublishedForecast = Forecast.Of(model, Encode(fresh.PublishedForecast), meanFrame),
            Latents = SurpriseStudy.Of(
                SurpriseStudy.InLatents(model, calibration), SurpriseStudy.InLatents(model, quiet), SurpriseStudy.InLatents(model, jumps)),
            Pixels = SurpriseStudy.Of(
                SurpriseStudy.InPixels(model, calibration), SurpriseStudy.InPixels(model, quiet), SurpriseStudy.InPixels(model, jumps)),
            PublishedJump = SurpriseStudy.InPixels(model, Encode(fresh.PublishedJump))[0],
            EmbeddingStd = Collapse.MeanStd(training.All),
            EffectiveRank = Collapse.EffectiveRank(training.All),
        };
    }

    static float[] MeanFrame(DvdSequences clips)
    {
        var frames = clips.Count * clips.Length;
        return [.. Enumerable.Range(0, LogoFrame.Length).Select(pixel =>
        {
            var sum = 0.0;
            for (var frame = 0; frame < frames; frame++) sum += clips.Frames[frame * LogoFrame.Length + pixel];
            return (float)(sum / frames);
        })];
    }
}
