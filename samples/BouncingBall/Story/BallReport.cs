using TinyJepa.Analysis;

namespace TinyJepa.Samples.BouncingBall;

/// <summary>The page that a run leaves behind: curves, clouds and tables, in one file.</summary>
internal static class BallReport
{
    const int CloudPoints = 2500;

    public static Report Of(IReadOnlyList<Study> studies, ClaimTable table, TrajectorySets sets, IReadOnlyList<Controls> controls, IReadOnlyList<OtherWorld> worlds)
    {
        var (best, ceiling) = (studies[^1], controls[^1]);
        var report = new Report("A JEPA finds the velocity of a bouncing ball",
            $"It sees noisy heights, {best.Recipe.Window} at a time, and predicts the latent of a later window; it is never given a velocity. Recipe “{best.Recipe.Name}”, {best.SeedsText}, {TrajectorySets.FreshCount} fresh trajectories.");
        report.Highlights(
            (best.MeanStd(r => r.Measured.Fresh.Position), "R² of the height, read off the latent by least squares"),
            (best.MeanStd(r => r.WithoutAction.Fresh.Velocity), $"R² of the velocity without its sign as an action; a network trained on the true state gets {Numbers.Short(Statistics.Mean([.. ceiling.Ceiling.Select(r => r.Velocity)]))}"),
            (best.MeanStd(r => r.SingleMeasured.Fresh.Velocity), "R² of the velocity from a single frame, which has none"),
            (best.MedianSeconds, "training of one seed, median"));

        report.Section("Claims and what came out");
        table.AddTo(report, $"Mean ± standard deviation over training seeds. Probes are fitted on the {TrajectorySets.PoolCount} trajectories of the pool and measured on {TrajectorySets.FreshCount} fresh ones. Supervised: a network of 2 × 128 that is trained on the true states of the pool; what it cannot predict from the noisy window, no encoder can.");
        Training(report, studies);
        Trace(report, best, sets);
        foreach (var study in studies) Clouds(report, study, sets);
        Isotropy(report, studies);
        Worlds(report, worlds);
        return report;
    }

    static void Training(Report report, IReadOnlyList<Study> studies)
    {
        report.Section("Training");
        foreach (var study in studies)
            report.Figure(
                new LineChart($"Loss of every seed, {study.Recipe.Name} recipe", "epoch", "loss", [.. study.Runs.Select(run => new Series($"seed {run.Trained.Seed}", run.Trained.Curves.Loss))]) { LogY = true },
                $"Prediction error plus λ·SIGReg, λ = {Numbers.Short(study.Recipe.Lambda)}. Mean prediction error of the last epoch: {study.MeanStd(r => r.Trained.Curves.Prediction[^1])}.");
    }

    static void Trace(Report report, Study best, TrajectorySets sets)
    {
        using var scope = Scope.Begin();
        var model = best.Model;
        var (pool, fresh) = (new Observations(sets.Pool, model.Recipe.Window), new Observations(sets.Fresh, model.Recipe.Window));
        var read = LinearProbe.Fit(model.Encode(pool.Windows), pool.Labels).Predict(model.Encode(fresh.Windows)).ToArray();
        var count = fresh.Count / sets.Fresh.Count;
        var times = Enumerable.Range(0, count).Select(i => (i + model.Recipe.Window - 1) * World.FrameTime).ToArray();
        double[] Read(int label) => [.. Enumerable.Range(0, count).Select(i => (double)read[2 * i + label])];
        double[] True(int label) => [.. Enumerable.Range(0, count).Select(i => (double)sets.Fresh.Label(0, i + model.Recipe.Window - 1, label))];

        report.Section("What it knows of a ball").Text("One fresh trajectory: the truth, which the model never sees, and what a linear probe reads off its latent.");
        report.Figure(new LineChart("Height", "seconds", "m", new Series("read off the latent", times, Read(0)), new Series("truth", times, True(0)) { Control = true }) { Width = 760 },
            $"The model sees the height with a noise of {Numbers.Short(World.Noise)} m.");
        report.Figure(new LineChart("Velocity", "seconds", "m/s", new Series("read off the latent", times, Read(1)), new Series("truth", times, True(1)) { Control = true }) { Width = 760 },
            "The velocity is in no frame, only in the differences between frames; the noise of one such difference alone is 1.4 m/s.");
    }

    static void Clouds(Report report, Study study, TrajectorySets sets)
    {
        report.Section($"The latent space, {study.Recipe.Name} recipe").Text(
            $"The two main directions of variance on fresh trajectories. A single frame has a height and nothing else: its latents lie along a line, and the velocity has no place on it. {study.Recipe.Window} frames open the line to a surface.");
        foreach (var model in new[] { study.First.Single.Model, study.First.Trained.Model })
        {
            using var scope = Scope.Begin();
            var observations = new Observations(sets.Fresh, model.Recipe.Window);
            var latents = model.Encode(observations.Windows);
            var pca = Pca.Fit(latents);
            float[] plane = pca.Project(latents, 2).ToArray(), labels = observations.Labels.ToArray();
            var rows = Enumerable.Range(0, CloudPoints).Select(i => (int)((long)i * observations.Count / CloudPoints)).ToArray();
            double[] Column(float[] values, int column) => [.. rows.Select(row => (double)values[2 * row + column])];
            foreach (var (name, column) in new[] { ("height, m", 0), ("velocity, m/s", 1) })
                report.Figure(
                    new ScatterChart($"K = {model.Recipe.Window}, by {name.Split(',')[0]}", $"component 1 ({Numbers.Percent(pca.Explained[0])})", $"component 2 ({Numbers.Percent(pca.Explained[1])})", name,
                        Column(plane, 0), Column(plane, 1), Column(labels, column)),
                    $"Every point is a window of {(model.Recipe.Window == 1 ? "one frame" : $"{model.Recipe.Window} frames")}; the colour is the true {name.Split(',')[0]}.");
        }
    }

    static void Isotropy(Report report, IReadOnlyList<Study> studies)
    {
        report.Section("Isotropy").Text("SIGReg wants every direction to be standard normal. The state of a ball is two numbers, so sixteen directions cannot vary independently; how even they are:");
        report.Figure(
            new LineChart("Standard deviation of each dimension", "dimension, by rank", "standard deviation", [.. studies.Select(study => study.Band(r => r.Measured.Stds)), Ideal("isotropic", 1)]) { YIncludes = [0] },
            "Mean over the training seeds; the band spans them.");
        report.Figure(
            new LineChart("Variance along the principal components", "component", "fraction", [.. studies.Select(study => study.Band(r => r.Measured.Explained)), Ideal("isotropic", 1.0 / BallModel.Latent)]) { LogY = true },
            "Mean over the training seeds; the band spans them.");

        static Series Ideal(string name, double value) => new(name, [.. Enumerable.Repeat(value, BallModel.Latent)]) { Control = true };
    }

    static void Worlds(Report report, IReadOnlyList<OtherWorld> worlds)
    {
        report.Section("Other worlds").Text(
            "What the published text names as next: air resistance, and a pendulum, whose state lies on a cylinder, so probes look for cosine and sine. The first is the same world with a ball that may come to rest: the published guard against a second bounce within a frame keeps it hopping for ever.");
        report.Table(OtherWorld.Header, worlds.Select(world => world.Row), "The best recipe, one training seed, measured on fresh trajectories. Raw window and supervised: place R² / velocity R².");
    }
}
