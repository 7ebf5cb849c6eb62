namespace TinyJepa.Samples.DvdLogo;

/// <summary>The published claims, and beside each what both recipes and the controls give here.</summary>
internal static class DvdClaims
{
    /// <param name="studies">One for each recipe that was trained.</param>
    /// <param name="controls">The same measurements without learning.</param>
    public static ClaimTable Table(IReadOnlyList<Study> studies, Controls controls)
    {
        var claims = new Claims<Study>(studies, study => study.IsPublished);
        var first = studies[0].First.Measured;
        var forecast = first.Forecast;
        claims.Add("position read off the latent, published probe: 0.733 px", s => s.MeanStd(r => r.Measured.PublishedProbe, " px"));
        claims.Add("position by least squares, fresh clips: 0.512 px", s => s.MeanStd(r => r.Measured.Probe.Rmse, " px"),
            $"untrained encoder {Numbers.Short(controls.UntrainedProbe)}; raw pixels {Numbers.Short(controls.PixelProbe)}; mean position {Numbers.Short(controls.MeanPosition)}");
        claims.Add($"position by least squares, the {Numbers.Percent(first.NewFraction)} of fresh observations new to training", s => s.MeanStd(r => r.Measured.ProbeOnNew.Rmse, " px"));
        claims.Add("forecast error 1 step ahead: 0.0005", s => s.MeanStd(r => r.Measured.Forecast.Model[0]),
            $"copy last frame {Numbers.Short(forecast.CopyLast[0])}; mean frame {Numbers.Short(forecast.Mean[0])}");
        claims.Add("forecast error 30 steps ahead, mean of all clips", s => s.MeanStd(r => r.Measured.Forecast.Model[^1]),
            $"copy last frame {Numbers.Short(forecast.CopyLast[^1])}; mean frame {Numbers.Short(forecast.Mean[^1])}");
        claims.Add("forecast error 30 steps ahead, published clip: 0.028", s => s.MeanStd(r => r.Measured.PublishedForecast.Model[^1]),
            $"copy last frame {Numbers.Short(first.PublishedForecast.CopyLast[^1])}");
        claims.Add("surprise peak over baseline, published clip, pixels: 88×", s => s.MeanStd(r => r.Measured.PublishedJump.Max() / Statistics.Median(r.Measured.PublishedJump), "×"));
        claims.Add("surprise peak over baseline, median of all clips, pixels", s => s.MeanStd(r => Statistics.Median(r.Measured.Pixels.PeakOverBaseline), "×"),
            $"expect no motion {Numbers.Short(Statistics.Median(controls.Copying.PeakOverBaseline))}×");
        claims.Add("surprise peak over baseline, median of all clips, latents", s => s.MeanStd(r => Statistics.Median(r.Measured.Latents.PeakOverBaseline), "×"));
        claims.Add("jump found: peak at the injected frame, pixels", s => s.Rate(r => (r.Measured.Pixels.PeakAtJump, r.Measured.Pixels.Clips)), Copying(c => c.PeakAtJump));
        claims.Add("jump found: first alarm at the injected frame, pixels", s => s.Rate(r => (r.Measured.Pixels.FirstAlarmAtJump, r.Measured.Pixels.Clips)), Copying(c => c.FirstAlarmAtJump));
        claims.Add("jump found: first alarm at the injected frame, latents", s => s.Rate(r => (r.Measured.Latents.FirstAlarmAtJump, r.Measured.Latents.Clips)));
        claims.Add("jump against ordinary frames, AUROC, pixels", s => s.MeanStd(r => r.Measured.Pixels.Auroc), $"expect no motion {Numbers.Short(controls.Copying.Auroc)}; chance 0.5");
        claims.Add("jump against ordinary frames, AUROC, latents", s => s.MeanStd(r => r.Measured.Latents.Auroc));
        claims.Add("false alarms per quiet clip, latents", s => s.MeanStd(r => r.Measured.Latents.FalseAlarms));
        claims.Add("embedding std: 2.4–3.0", s => s.MeanStd(r => r.Measured.EmbeddingStd), "collapse 0");
        claims.Add("effective rank of 32", s => s.MeanStd(r => r.Measured.EffectiveRank), "");
        claims.Add("training, decoder included, median: about 10 s", s => s.MedianSeconds);
        claims.Add("parameter hash, first seed", s => s.Model.Hash);
        return claims.Table;

        string Copying(Func<SurpriseStudy, int> count)
        {
            var rate = count(controls.Copying) / (double)controls.Copying.Clips;
            return $"expect no motion {Numbers.Percent(rate)}; chance {Numbers.Percent(1.0 / (FreshClips.Length - 2))}";
        }
    }
}
