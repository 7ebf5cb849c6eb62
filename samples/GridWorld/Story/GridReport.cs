using TinyJepa.Analysis;

namespace TinyJepa.Samples.GridWorld;

/// <summary>The page that a run leaves behind: curves, pictures and tables, in one file.</summary>
internal static class GridReport
{
    static readonly Rgb s_gap = new(24, 28, 36);

    public static Report Of(IReadOnlyList<Study> studies, ClaimTable table, GridMap map, IReadOnlyList<LambdaStudy> weights)
    {
        var best = studies[^1];
        var report = new Report("A JEPA learns a grid world and plans in it",
            $"An encoder maps a picture to 192 values, a predictor maps these and a move to the next 192. It is never given a cell. Recipe “{best.Recipe.Name}”, {best.SeedsText}.");
        report.Highlights(
            Count(best, run => run.Measured.Greedy.Optima, "tasks that one-step control solves by a shortest path"),
            (best.MeanStd(r => r.Measured.LeaveOneOut), "R² of column and row of a cell that the probe never saw"),
            Count(best, run => run.Held.Unseen, "transitions never shown in training, predicted correctly"),
            (best.MedianSeconds, "training from scratch, median of the seeds"));

        report.Section("Claims and what came out");
        table.AddTo(report, "Mean ± standard deviation over training seeds; rates with their 95 % interval (Wilson). The controls learn nothing. An R² on the cells the probe was fitted to is always 1: 25 points in 192 dimensions lie on a plane; the cell left out is the test.");
        World(report, map);
        Training(report, studies);
        Space(report, best, map);
        Planning(report, studies);
        Horizon(report, studies);
        Weights(report, weights);
        return report;
    }

    /// <summary>A count over all seeds for the head of the report, its interval with the words.</summary>
    static (string Value, string Meaning) Count(Study study, Func<GridRun, (int Right, int All)> count, string meaning)
    {
        var (right, all) = study.Sum(count);
        var interval = Statistics.Wilson(right, all);
        return ($"{right}/{all}", $"{meaning}: {Numbers.Percent(interval.Low)}–{Numbers.Percent(interval.High)} with 95 % confidence");
    }

    static void World(Report report, GridMap map)
    {
        int[] shown = [.. new[] { 0, 2, map.States / 2, map.States - 3, map.States - 1 }.Select(state => Math.Clamp(state, 0, map.States - 1))];
        report.Section("The world").Text($"{map.States} pictures are all there is: the agent on each cell. {map.Transitions.Count()} transitions, {map.Transitions.Count(t => t.IsCollision)} of which end at a wall.");
        report.Image(Picture.Row([.. shown.Select(state => Drawn(map, state))], 6, s_gap).ToPng(), "The agent on five of its cells.", wide: true);
    }

    static Picture Drawn(GridMap map, int state)
    {
        var picture = new float[GridPicture.Side, GridPicture.Side];
        GridPicture.Render(map, state, picture);
        return Picture.Enlarge(picture, 2, Rgb.White);
    }

    static void Training(Report report, IReadOnlyList<Study> studies)
    {
        report.Section("Training");
        report.Figure(new LineChart("Prediction error", "step", "mean squared error", [.. studies.Select(study => new Series(study.Recipe.Name, study.First.Trained.Curves.Prediction))]) { LogY = true },
            "Distance of predicted and real latents. The recipes predict a different number of moves ahead.");
        report.Figure(new LineChart("SIGReg", "step", "statistic", [.. studies.Select(study => new Series(study.Recipe.Name, study.First.Trained.Curves.Regulariser))]) { LogY = true },
            "How far the latents are from normal. 25 points never get down to the 1.05 of a perfect sample.");
    }

    static void Space(Report report, Study best, GridMap map)
    {
        using var scope = Scope.Begin();
        var codes = new Navigator(map, best.Model).Codes;
        var pca = Pca.Fit(codes);
        float[] plane = pca.Project(codes, 2).ToArray();
        double[] Column(int column) => [.. Enumerable.Range(0, map.States).Select(i => (double)plane[2 * i + column])];
        report.Section("The latent space").Text("The 25 latents along their two main directions of variance, coloured by the true column and row. Training never uses the cells.");
        foreach (var (name, value) in new (string, Func<int, int>)[] { ("column", map.Column), ("row", map.Row) })
            report.Figure(new ScatterChart($"Coloured by {name}", $"component 1 ({Numbers.Percent(pca.Explained[0])})", $"component 2 ({Numbers.Percent(pca.Explained[1])})", name,
                Column(0), Column(1), [.. Enumerable.Range(0, map.States).Select(state => (double)value(state))]), $"Every point is a cell; its colour is its {name}.");
    }

    static void Planning(Report report, IReadOnlyList<Study> studies)
    {
        report.Section("Planning").Text("Every ordered pair of start and goal. One-step control imagines the four moves and takes the one that ends nearest; the search imagines the whole path before the first move.");
        var lengths = Enumerable.Range(0, studies[0].First.Measured.Greedy.Pairs.Length).ToArray();
        report.Table(["shortest path", .. lengths.Select(d => $"{d + 1}")],
            from study in studies
            from planner in new (string Name, Func<Measurements, Routes> Of)[] { ("probe", m => m.Greedy), ("latents", m => m.GreedyByLatent), ("search", m => m.BreadthFirst) }
            select (IReadOnlyList<string>)[$"{study.Recipe.Name}, {planner.Name}", .. lengths.Select(d => $"{study.Runs.Sum(run => planner.Of(run.Measured).Optimal[d])}/{study.Runs.Sum(run => planner.Of(run.Measured).Pairs[d])}")],
            "Pairs solved in as few moves as possible, by the length of the shortest path.");
    }

    static void Horizon(Report report, IReadOnlyList<Study> studies)
    {
        double[] steps = [.. Enumerable.Range(1, Measurements.WalkSteps).Select(k => (double)k)];
        report.Section("How far it sees");
        report.Figure(new LineChart("Correct cell", "moves imagined", "fraction of walks",
            [.. studies.Select(study => new Series(study.Recipe.Name, steps, [.. steps.Select(k => study.Each(r => r.Measured.OpenLoop[(int)k - 1]).Average() / Measurements.Walks)])),
                new Series("standing still", steps, [.. studies[0].First.Measured.Still.Select(n => n / (double)Measurements.Walks)]) { Control = true }])
            { YIncludes = [0, 1], Width = 760 }, $"{Measurements.Walks:N0} random walks for each model, imagined from their first picture.");
    }

    static void Weights(Report report, IReadOnlyList<LambdaStudy> weights)
    {
        if (weights.Count == 0) return;
        report.Section("What ×N does").Text("The published page found that a weight of 0.1 collapses and 10 works. SIGReg as its authors write it is multiplied by the number of samples N; without the factor a hundred times the weight is needed for the same pull.");
        report.Table(LambdaStudy.Header, weights.Select(weight => weight.Row), "Short trainings of the published recipe, N = 128 in a batch.");
    }
}
