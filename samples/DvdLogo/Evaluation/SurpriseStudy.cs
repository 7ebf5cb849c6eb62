using TinyJepa.Analysis;

namespace TinyJepa.Samples.DvdLogo;

/// <summary>
/// Anomaly detection: the prediction error at every frame. Clips with a jump at a known frame measure detection; clips without one set the
/// threshold, and others of these count false alarms.
/// </summary>
/// <param name="PeakOverBaseline">For each clip with a jump: its largest error over its median error.</param>
/// <param name="PeakAtJump">In how many clips the largest error is that of the injected frame.</param>
/// <param name="FirstAlarmAtJump">In how many clips the first alarm is raised at the injected frame.</param>
/// <param name="Missed">In how many clips the injected frame raises no alarm.</param>
/// <param name="Auroc">How well the error alone separates the injected frame from ordinary ones.</param>
/// <param name="FalseAlarms">Alarms per clip without a jump.</param>
/// <param name="Threshold">The calibrated threshold.</param>
/// <param name="Clips">How many clips had a jump; as many had none.</param>
internal sealed record SurpriseStudy(
    double[] PeakOverBaseline, int PeakAtJump, int FirstAlarmAtJump, int Missed, double Auroc, double FalseAlarms, double Threshold, int Clips)
{
    /// <summary>The frame that shows the jump, as in the published clip.</summary>
    public const int Jump = 24;

    /// <summary>The error of frame t stands at t − 2: two frames make the observation from which the third is predicted.</summary>
    const int FirstScored = 2;

    /// <summary>False alarms per clip for which the threshold is calibrated; fresh clips then show how many there really are.</summary>
    const double TargetFalseAlarms = 0.01;

    /// <param name="ordinary">Errors on clips without a jump to calibrate on, [clip][frame − 2].</param>
    /// <param name="fresh">Errors on other clips without a jump, to count false alarms.</param>
    /// <param name="jumped">Errors on clips with a jump at frame <see cref="Jump"/>.</param>
    public static SurpriseStudy Of(double[][] ordinary, double[][] fresh, double[][] jumped)
    {
        const int at = Jump - FirstScored;
        var alarm = Surprise.Calibrate(ordinary.SelectMany(clip => clip), TargetFalseAlarms / ordinary[0].Length);

        // The observation after the jump mixes the old place with the new one, so the next frame cannot be predicted either: it is neither
        // the anomaly nor ordinary, and takes no part in the area.
        var ordinaryErrors = jumped.SelectMany(clip => clip.Where((_, t) => t != at && t != at + 1));
        return new SurpriseStudy(
            [.. jumped.Select(clip => clip.Max() / Statistics.Median(clip))],
            jumped.Count(clip => Array.IndexOf(clip, clip.Max()) == at),
            jumped.Count(clip => Array.FindIndex(clip, alarm.IsAnomaly) == at),
            jumped.Count(clip => !alarm.IsAnomaly(clip[at])),
            Surprise.Auroc(jumped.Select(clip => clip[at]), ordinaryErrors),
            fresh.Sum(clip => clip.Count(alarm.IsAnomaly)) / (double)fresh.Length,
            alarm.Threshold,
            jumped.Length);
    }

    /// <summary>Errors between the predicted and the actual latent.</summary>
    public static double[][] InLatents(DvdModel model, Latents latents)
    {
        var errors = new double[latents.Clips.Count][];
        for (var clip = 0; clip < errors.Length; clip++)
        {
            using var scope = Scope.Begin();
            ReadOnlySpan<float> predicted = model.Predict(latents.OfClips(clip, 1)).Span;
            errors[clip] = new double[latents.Times - 1];
            for (var t = 0; t < errors[clip].Length; t++)
                errors[clip][t] = Forecast.SquaredError(predicted.Slice(t * DvdModel.Latent, DvdModel.Latent), latents.Row(clip, t + 1));
        }

        return errors;
    }

    /// <summary>Errors between the predicted frame, decoded, and the actual one: the published measure.</summary>
    public static double[][] InPixels(DvdModel model, Latents latents)
    {
        var errors = new double[latents.Clips.Count][];
        for (var clip = 0; clip < errors.Length; clip++)
        {
            using var scope = Scope.Begin();
            ReadOnlySpan<float> predicted = model.Decode(model.Predict(latents.OfClips(clip, 1))).Span;
            errors[clip] = new double[latents.Times - 1];
            for (var t = 0; t < errors[clip].Length; t++)
                errors[clip][t] = Forecast.SquaredError(predicted.Slice(t * LogoFrame.Length, LogoFrame.Length), latents.Clips.Frame(clip, t + 2));
        }

        return errors;
    }

    /// <summary>The control: errors of predicting the frame to stay as it is.</summary>
    public static double[][] OfCopying(DvdSequences clips) =>
        [.. Enumerable.Range(0, clips.Count).Select(clip => Enumerable.Range(2, clips.Length - 2)
            .Select(t => Forecast.SquaredError(clips.Frame(clip, t - 1), clips.Frame(clip, t))).ToArray())];
}
