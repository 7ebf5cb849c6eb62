using CommunityToolkit.HighPerformance;
using TinyJepa.Analysis;

namespace TinyJepa.Samples.DvdLogo;

/// <summary>The page that a run leaves behind: curves, clips and tables, in one file.</summary>
internal static class DvdReport
{
    const int PixelScale = 8, ClipScale = 12, ClipDelay = 110;

    static readonly Rgb s_reality = Rgb.White, s_dream = new(77, 230, 255), s_gap = new(24, 28, 36);

    public static Report Of(IReadOnlyList<Study> studies, ClaimTable table, FreshClips fresh, IReadOnlyList<Ablation> ablations)
    {
        var best = studies[^1];
        var first = best.First.Measured;
        var report = new Report("A JEPA learns the bouncing logo",
            $"It never predicts a pixel: an encoder maps two frames to 32 values, a predictor moves these one frame on. Recipe “{best.Recipe.Name}”, {best.SeedsText}, {FreshClips.Count:N0} fresh clips for every measurement.");
        report.Highlights(
            ($"{best.MeanStd(r => r.Measured.Probe.Rmse)} px", "error of the position read off the latent by a linear probe"),
            (best.MeanStd(r => r.Measured.Forecast.Model[^1]), $"pixel error {Forecast.Steps} steps ahead; holding the last frame gives {Numbers.Short(first.Forecast.CopyLast[^1])}"),
            (best.Rate(r => (r.Measured.Latents.FirstAlarmAtJump, r.Measured.Latents.Clips)), "of injected jumps raise the first alarm at the exact frame"),
            (best.MedianSeconds, "training, decoder included, median of the seeds"));

        report.Section("Claims and what came out");
        table.AddTo(report, "Mean ± standard deviation over training seeds; rates with their 95 % interval (Wilson). The controls learn nothing. Fresh clips start where no training clip starts, but after both axes have bounced the logo runs on a grid that all clips share; the row on unseen observations leaves those out.");
        Training(report, studies);
        Dreams(report, best.Model);
        Horizon(report, studies);
        Anomaly(report, best, fresh);
        LatentSpace(report, best.Model);
        Collapses(report, ablations);
        return report;
    }

    static void Training(Report report, IReadOnlyList<Study> studies)
    {
        report.Section("Training");
        report.Figure(new LineChart("Loss", "step", "loss", [.. studies.Select(study => Curve(study, study.First.Trained.Curves.Loss))]) { LogY = true },
            "Prediction error plus variance hinge. The recipes' losses have different units; each should fall and stay down.");
        report.Figure(new LineChart("Standard deviation of the embedding", "step", "std", [.. studies.Select(study => Curve(study, study.First.Trained.Curves.Std))]) { YIncludes = [0] },
            "Mean standard deviation of the 32 latents over the batch. Zero would be collapse.");

        static Series Curve(Study study, double[] values) => new(study.Recipe.Name, values);
    }

    static void Dreams(Report report, DvdModel model)
    {
        var clip = DvdWorld.RollOne(seed: 7);
        var (real, dreamt) = (new List<Picture>(), new List<Picture>());
        using (Scope.Begin())
        {
            var z = Latents.Of(model.Slow, clip).AtTime(0);
            for (var step = 1; step <= Forecast.Steps; step++)
            {
                z = model.Predict(z);
                real.Add(Picture.Enlarge(clip.Frame(0, step + 1).AsSpan2D(LogoFrame.Side, LogoFrame.Side), ClipScale, s_reality));
                dreamt.Add(Picture.Enlarge(((ReadOnlySpan<float>)model.Decode(z).Span).AsSpan2D(LogoFrame.Side, LogoFrame.Side), ClipScale, s_dream));
            }
        }

        report.Section("A dream").Text("From two frames the predictor runs on its own for 30 steps, fed by its own predictions. The decoder shows the predicted latents; it takes no part in the prediction.");
        int[] shown = [1, 4, 7, 10, 13, 16, 19, 22, 25, 30];
        report.Image(Picture.Column([Strip(real), Strip(dreamt)], PixelScale, s_gap).ToPng(),
            $"Reality above, dream below, after {string.Join(", ", shown)} steps. The clip is the published one.", wide: true);
        report.Image(Gif.Encode([.. real.Zip(dreamt, (a, b) => Picture.Row([a, b], PixelScale, s_gap))], ClipDelay), "The same as an animation: reality left, dream right.");

        Picture Strip(List<Picture> frames) => Picture.Row([.. shown.Select(step => frames[step - 1])], 4, s_gap);
    }

    static void Horizon(Report report, IReadOnlyList<Study> studies)
    {
        var steps = Enumerable.Range(1, Forecast.Steps).Select(k => (double)k).ToArray();
        var control = studies[0].First.Measured.Forecast;
        report.Section("How far it sees");
        report.Figure(
            new LineChart("Forecast error", "steps ahead", "mean squared pixel error",
                [.. studies.Select(study => study.Band(r => r.Measured.Forecast.Model)), new Series("copy last frame", steps, control.CopyLast) { Control = true }, new Series("mean frame", steps, control.Mean) { Control = true }])
            { LogY = true, Width = 760 },
            $"Averaged over {FreshClips.Count:N0} fresh clips; the band spans the training seeds.");
    }

    static void Anomaly(Report report, Study best, FreshClips fresh)
    {
        var (model, first) = (best.Model, best.First.Measured);
        var errors = SurpriseStudy.InLatents(model, Latents.Of(model.Slow, fresh.PublishedJump))[0];
        double[] frames = [.. Enumerable.Range(2, errors.Length).Select(t => (double)t)];
        report.Section("Surprise").Text(
            "At every frame the model compares its prediction with the observation. At frame 24 the logo jumps; the observation after it mixes two places, so the frame behind is surprising as well. The threshold was set on ordinary clips.");
        report.Figure(
            new LineChart("The published clip", "frame", "latent surprise", new Series("surprise", frames, errors))
            { LogY = true, Markers = [(SurpriseStudy.Jump, "jump")], Thresholds = [(first.Latents.Threshold, "threshold")], Width = 760 },
            $"Surprise is the squared distance of predicted and actual latent: no decoder is involved. Median peak over baseline of all {first.Latents.Clips:N0} clips: {Numbers.Short(Statistics.Median(first.Latents.PeakOverBaseline))}×.");
    }

    static void LatentSpace(Report report, DvdModel model)
    {
        using var scope = Scope.Begin();
        var latents = Latents.Of(model.Slow, DvdWorld.MakeSequences(count: 100, seed: FreshClips.ProbeSeed));
        var pca = Pca.Fit(latents.All);
        float[] plane = pca.Project(latents.All, 2).ToArray(), places = latents.Places().ToArray();
        double[] Column(float[] values, int column) => [.. Enumerable.Range(0, values.Length / 2).Select(i => (double)values[2 * i + column])];

        report.Section("The latent space").Text("The model is never given the position of the logo. Its two main directions of variance, coloured by the true position:");
        foreach (var (name, column) in new[] { ("y", 0), ("x", 1) })
            report.Figure(
                new ScatterChart($"Coloured by {name}", $"component 1 ({Numbers.Percent(pca.Explained[0])})", $"component 2 ({Numbers.Percent(pca.Explained[1])})", $"{name}, px",
                    Column(plane, 0), Column(plane, 1), Column(places, column)),
                $"Every point is an observation from a fresh clip; its colour is the logo's true {name}.");
    }

    static void Collapses(Report report, IReadOnlyList<Ablation> ablations)
    {
        if (ablations.Count == 0) return;
        report.Section("What prevents collapse").Text(
            "A model with a constant output predicts itself perfectly. Two things prevent that: targets from a slow copy, and a hinge on the variance. Either alone suffices here; without both the embedding collapses.");
        report.Figure(
            new LineChart("Standard deviation of the embedding", "step", "std",
                [.. ablations.Select(a => new Series(a.Name, a.Curves.Std))])
            { LogY = true, Width = 760 },
            "Mean standard deviation of the latents over the batch.");
        report.Table(["recipe", .. Ablation.Steps.Select(step => $"step {step}"), "final loss"], ablations.Select(a => a.Row),
            "Standard deviation at the published steps. All begin at the same value: that is the initialisation, not a collapse.");
    }
}
