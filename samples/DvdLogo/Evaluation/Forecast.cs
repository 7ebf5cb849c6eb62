namespace TinyJepa.Samples.DvdLogo;

/// <summary>
/// Forecasts: from the first two frames of each clip the predictor runs on its own predictions, and every step is decoded and compared with
/// the true frame.
/// </summary>
/// <param name="Model">Mean squared pixel error at 1, 2, … steps ahead, over all clips.</param>
/// <param name="CopyLast">The same for a copy of the last observed frame.</param>
/// <param name="Mean">The same for the mean frame of the training data.</param>
internal sealed record Forecast(double[] Model, double[] CopyLast, double[] Mean)
{
    public const int Steps = 30;

    public static Forecast Of(DvdModel model, Latents latents, ReadOnlySpan<float> meanFrame)
    {
        using var scope = Scope.Begin();
        var clips = latents.Clips;
        var forecast = new Forecast(new double[Steps], new double[Steps], new double[Steps]);
        var z = latents.AtTime(0);
        for (var k = 0; k < Steps; k++)
        {
            z = model.Predict(z);
            ReadOnlySpan<float> decoded = model.Decode(z).Span;
            for (var clip = 0; clip < clips.Count; clip++)
            {
                var truth = clips.Frame(clip, k + 2);
                forecast.Model[k] += SquaredError(decoded.Slice(clip * LogoFrame.Length, LogoFrame.Length), truth) / clips.Count;
                forecast.CopyLast[k] += SquaredError(clips.Frame(clip, 1), truth) / clips.Count;
                forecast.Mean[k] += SquaredError(meanFrame, truth) / clips.Count;
            }
        }

        return forecast;
    }

    /// <summary>The mean over the pixels of the squared difference.</summary>
    public static double SquaredError(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++) sum += (a[i] - (double)b[i]) * (a[i] - (double)b[i]);
        return sum / a.Length;
    }
}
