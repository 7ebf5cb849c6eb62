using TinyJepa.Analysis;

namespace TinyJepa.Samples.DvdLogo;

/// <summary>What the same measurements give without any learning. A figure that does not beat these means nothing.</summary>
internal sealed record Controls
{
    // 512 pixels need many times as many rows, but not all 25,000.
    const int PixelProbeClips = 100;

    /// <summary>Position read off the latents of an untrained encoder, in pixels.</summary>
    public required double UntrainedProbe { get; init; }

    /// <summary>Position read off the raw pixels of an observation, in pixels.</summary>
    public required double PixelProbe { get; init; }

    /// <summary>Always predicting the mean position, in pixels.</summary>
    public required double MeanPosition { get; init; }

    /// <summary>Surprise of predicting that nothing moves.</summary>
    public required SurpriseStudy Copying { get; init; }

    public static Controls Of(FreshClips fresh)
    {
        using var scope = Scope.Begin();
        var untrained = new DvdModel(seed: 0);
        var (fitted, unseen) = (Latents.Of(untrained.Slow, fresh.Training), Latents.Of(untrained.Slow, fresh.Probe));
        var (pixels, places) = Observations(fresh.Training);
        var (freshPixels, freshPlaces) = Observations(fresh.Probe);
        var mean = fitted.Places().Mean(axis: 0);
        return new Controls
        {
            UntrainedProbe = LinearProbe.Fit(fitted.All, fitted.Places()).Score(unseen.All, unseen.Places()).Rmse,
            PixelProbe = LinearProbe.Fit(pixels, places).Score(freshPixels, freshPlaces).Rmse,
            MeanPosition = Math.Sqrt((unseen.Places() - mean).Square().Mean().Item),
            Copying = SurpriseStudy.Of(
                SurpriseStudy.OfCopying(fresh.Calibration), SurpriseStudy.OfCopying(fresh.Quiet), SurpriseStudy.OfCopying(fresh.Jumps)),
        };
    }

    static (Tensor Pixels, Tensor Places) Observations(DvdSequences clips)
    {
        var times = clips.Length - 1;
        var rows = Math.Min(PixelProbeClips, clips.Count) * times;
        var (pixels, places) = (Tensor.Empty([rows, DvdSequences.ObservationLength]), Tensor.Empty([rows, 2]));
        for (var i = 0; i < rows; i++)
        {
            clips.Observation(i / times, i % times).CopyTo(pixels.Span[(i * DvdSequences.ObservationLength)..]);
            var place = clips.Label(i / times, i % times);
            (places.Span[2 * i], places.Span[2 * i + 1]) = (place.Y, place.X);
        }

        return (pixels, places);
    }
}
