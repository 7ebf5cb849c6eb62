using TinyJepa.Analysis;

namespace TinyJepa.Samples.GridWorld;

/// <summary>The page that a run leaves behind: curves, pictures and tables, in one file.</summary>
internal static class GridReport
{
    static readonly Rgb s_gap = new(24, 28, 36);

    public static Report Of(IReadOnlyList<Study> studies, ClaimTable table, GridMap map, IReadOnlyList<LambdaStudy> weights)
    {
        var best = studies[^1];
        var seeds = best.Runs.Count == 1 ? "one training seed" : $"{best.Runs.Count} training seeds";
        var report = new Report("A JEPA learns a grid world and plans in it",
            $"An encoder turns a picture into 192 numbers, a predictor says which 192 follow a move. Nobody tells it what a cell is. Recipe “{best.Recipe.Name}”, {seeds}.");
        report.Highlights(
            best.Fact(run => (run.Marks.Greedy.AllOptimal, run.Marks.Greedy.AllPairs), "ways that one-step control finds, as short as possible"),
            (best.Spread(m => m.LeaveOneOut), "R² of column and row of a cell that the probe never saw"),
            best.Fact(run => run.Held.Unseen, "transitions never shown in training, expected rightly"),
            ($"{Numbers.Short(Statistics.Median([.. best.Runs.Select(run => run.Trained.Seconds)]))} s", "training from zero, median of the seeds"));

        report.Section("Claims and what came out");
        table.AddTo(report, "Mean ± standard deviation over training seeds; shares with their 95 % interval (Wilson). The controls learn nothing. An R² on the cells the probe was fitted to is always 1: 25 points in 192 dimensions lie on a plane; what counts is the cell left out.");
        World(report, map);
        Training(report, studies);
        Space(report, best, map);
        Planning(report, studies);
        Horizon(report, studies);
        Weights(report, weights);
        return report;
    }

    static void World(Report report, GridMap map)
    {
        int[] shown = [.. new[] { 0, 2, map.States / 2, map.States - 3, map.States - 1 }.Select(state => Math.Clamp(state, 0, map.States - 1))];
        report.Section("The world").Text($"{map.States} pictures are all there is: the agent on each cell. {map.Transitions.Count()} transitions, {map.Transitions.Count(t => t.IsBump)} of which end at a wall.");
        report.Image(Picture.Row([.. shown.Select(state => Drawn(map, state))], 6, s_gap).ToPng(), "The agent on five of its cells.", wide: true);
    }

    static Picture Drawn(GridMap map, int state)
    {
        var pixels = new float[GridPicture.Length];
        GridPicture.Render(map, state, pixels);
        return Picture.Enlarge(pixels, GridPicture.Side, 2, Rgb.White);
    }

    static void Training(Report report, IReadOnlyList<Study> studies)
    {
        report.Section("Training");
        report.Figure(new LineChart("Prediction error", "step", "mean squared error", [.. studies.Select(study => Curve(study, step => step.Prediction))]) { LogY = true },
            "Distance of predicted and real latents. The recipes look differently far ahead.");
        report.Figure(new LineChart("SIGReg", "step", "statistic", [.. studies.Select(study => Curve(study, step => step.Regulariser))]) { LogY = true },
            "How far the latents are from normal. 25 points never get down to the 1.05 of a perfect sample.");

        static Series Curve(Study study, Func<StepResult, float> value) => new(study.Recipe.Name, [.. study.First.Steps.Select(step => (double)value(step))]);
    }

    static void Space(Report report, Study best, GridMap map)
    {
        using var scope = Scope.Begin();
        var codes = new Navigator(map, best.First.Model).Codes;
        var pca = Pca.Fit(codes);
        float[] plane = pca.Project(codes, 2).ToArray();
        double[] Column(int column) => [.. Enumerable.Range(0, map.States).Select(i => (double)plane[2 * i + column])];
        report.Section("The latent space").Text("The 25 latents along their two main directions of variance, coloured by the true column and row. The grid was never mentioned in training.");
        foreach (var (name, value) in new (string, Func<int, int>)[] { ("column", map.Column), ("row", map.Row) })
            report.Figure(new ScatterChart($"Coloured by {name}", $"component 1 ({Numbers.Percent(pca.Explained[0])})", $"component 2 ({Numbers.Percent(pca.Explained[1])})", name,
                Column(0), Column(1), [.. Enumerable.Range(0, map.States).Select(state => (double)value(state))]), $"Every point is a cell; its colour is its {name}.");
    }

    static void Planning(Report report, IReadOnlyList<Study> studies)
    {
        report.Section("Planning").Text("Every ordered pair of start and goal. One-step control imagines the four moves and takes the one that ends nearest; the search imagines the whole way before the first move.");
        var lengths = Enumerable.Range(0, studies[0].Runs[0].Marks.Greedy.Pairs.Length).ToArray();
        report.Table(["shortest way", .. lengths.Select(d => $"{d + 1}")],
            from study in studies
            from planner in new (string Name, Func<Examination, Routes> Of)[] { ("probe", m => m.Greedy), ("latents", m => m.GreedyByLatent), ("search", m => m.BreadthFirst) }
            select (IReadOnlyList<string>)[$"{study.Recipe.Name}, {planner.Name}", .. lengths.Select(d => $"{study.Runs.Sum(run => planner.Of(run.Marks).Optimal[d])}/{study.Runs.Sum(run => planner.Of(run.Marks).Pairs[d])}")],
            "Pairs solved in as few moves as possible, by the length of the shortest way.");
    }

    static void Horizon(Report report, IReadOnlyList<Study> studies)
    {
        double[] steps = [.. Enumerable.Range(1, Examination.WalkSteps).Select(k => (double)k)];
        report.Section("How far it sees");
        report.Figure(new LineChart("The right place", "moves imagined", "share of walks",
            [.. studies.Select(study => new Series(study.Recipe.Name, steps, [.. steps.Select(k => study.Each(m => m.OpenLoop[(int)k - 1]).Average() / Examination.Walks)])),
                new Series("standing still", steps, [.. studies[0].Runs[0].Marks.Still.Select(n => n / (double)Examination.Walks)]) { Control = true }])
            { YIncludes = [0, 1], Width = 760 }, $"{Examination.Walks:N0} random walks for each model, imagined from their first picture.");
    }

    static void Weights(Report report, IReadOnlyList<LambdaStudy> weights)
    {
        if (weights.Count == 0) return;
        report.Section("What ×N does").Text("The published page found that a weight of 0.1 collapses and 10 works. SIGReg as its authors write it is multiplied by the number of samples N; without the factor a hundred times the weight is needed for the same pull.");
        report.Table(LambdaStudy.Header, weights.Select(weight => weight.Row), "Short trainings of the published recipe, N = 128 in a batch.");
    }
}
