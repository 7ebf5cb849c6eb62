namespace TinyJepa.Samples.DvdLogo;

/// <summary>The published claims, and beside each what both recipes and the controls give here.</summary>
internal static class Claims
{
    const string None = "–";

    /// <param name="published">The published recipe's runs; null if it was not trained.</param>
    /// <param name="best">The best recipe's runs; null if it was not trained.</param>
    /// <param name="controls">The same measurements without learning.</param>
    public static ClaimTable Table(Study? published, Study? best, Controls controls)
    {
        var table = new ClaimTable();
        void Row(string claim, Func<Study, string> show, string control) =>
            table.Add(claim, published is null ? None : show(published), best is null ? None : show(best), control);

        var marks = (published ?? best)!.Runs[0].Marks;
        var forecast = marks.Forecast;
        Row("position read off the latent, published probe: 0.733 px", s => s.Spread(m => m.PublishedProbe, " px"), None);
        Row("position by least squares, fresh clips: 0.512 px", s => s.Spread(m => m.Probe.Rmse, " px"),
            $"untrained encoder {Numbers.Short(controls.UntrainedProbe)}; raw pixels {Numbers.Short(controls.PixelProbe)}; mean position {Numbers.Short(controls.MeanPosition)}");
        Row($"position by least squares, the {Numbers.Percent(marks.NewShare)} of fresh observations new to training", s => s.Spread(m => m.ProbeOnNew.Rmse, " px"), None);
        Row("forecast error 1 step ahead: 0.0005", s => s.Spread(m => m.Forecast.Model[0]),
            $"copy last frame {Numbers.Short(forecast.CopyLast[0])}; mean frame {Numbers.Short(forecast.Mean[0])}");
        Row("forecast error 30 steps ahead, mean of all clips", s => s.Spread(m => m.Forecast.Model[^1]),
            $"copy last frame {Numbers.Short(forecast.CopyLast[^1])}; mean frame {Numbers.Short(forecast.Mean[^1])}");
        Row("forecast error 30 steps ahead, published clip: 0.028", s => s.Spread(m => m.PublishedForecast.Model[^1]),
            $"copy last frame {Numbers.Short(marks.PublishedForecast.CopyLast[^1])}");
        Row("surprise peak over baseline, published clip, pixels: 88×", s => s.Spread(m => m.PublishedJump.Max() / Statistics.Median(m.PublishedJump), "×"), None);
        Row("surprise peak over baseline, median of all clips, pixels", s => s.Spread(m => Statistics.Median(m.Pixels.PeakOverBaseline), "×"),
            $"expect no motion {Numbers.Short(Statistics.Median(controls.Copying.PeakOverBaseline))}×");
        Row("surprise peak over baseline, median of all clips, latents", s => s.Spread(m => Statistics.Median(m.Latents.PeakOverBaseline), "×"), None);
        Row("jump found: peak at the injected frame, pixels", s => s.Rate(m => m.Pixels.PeakAtJump, m => m.Pixels.Clips), Copying(c => c.PeakAtJump));
        Row("jump found: first alarm at the injected frame, pixels", s => s.Rate(m => m.Pixels.FirstAlarmAtJump, m => m.Pixels.Clips), Copying(c => c.FirstAlarmAtJump));
        Row("jump found: first alarm at the injected frame, latents", s => s.Rate(m => m.Latents.FirstAlarmAtJump, m => m.Latents.Clips), None);
        Row("jump against ordinary frames, AUROC, pixels", s => s.Spread(m => m.Pixels.Auroc), $"expect no motion {Numbers.Short(controls.Copying.Auroc)}; chance 0.5");
        Row("jump against ordinary frames, AUROC, latents", s => s.Spread(m => m.Latents.Auroc), None);
        Row("false alarms per quiet clip, latents", s => s.Spread(m => m.Latents.FalseAlarms), None);
        Row("embedding deviation: 2.4–3.0", s => s.Spread(m => m.EmbeddingStd), "collapse 0");
        Row("effective rank of 32", s => s.Spread(m => m.EffectiveRank), "");
        Row("training, decoder included, median: about 10 s", s => Numbers.Short(Statistics.Median([.. s.Runs.Select(run => run.Trained.Seconds)])) + " s", None);
        Row("parameter hash, first seed", s => s.First.Model.Hash, None);
        return table;

        string Copying(Func<SurpriseStudy, int> count)
        {
            var share = Statistics.Wilson(count(controls.Copying), controls.Copying.Clips).Value;
            return $"expect no motion {Numbers.Percent(share)}; chance {Numbers.Percent(1.0 / (FreshClips.Length - 2))}";
        }
    }
}
