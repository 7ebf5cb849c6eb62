namespace TinyJepa.Samples.GridWorld;

/// <summary>The published claims, and beside each what both recipes and the controls give here.</summary>
internal static class GridClaims
{
    /// <param name="studies">One for each recipe that was trained.</param>
    /// <param name="controls">The same measurements without learning.</param>
    public static ClaimTable Table(IReadOnlyList<Study> studies, Controls controls)
    {
        var claims = new Claims<Study>(studies, study => study.IsPublished);
        string Codes(Func<CodeControl, double> show) =>
            $"untrained encoders {Statistics.MeanStd([.. controls.Untrained.Select(show)])}; raw pixels {Numbers.Short(show(controls.Pixels))}; random codes {Statistics.MeanStd([.. controls.RandomCodes.Select(show)])}";

        var still = studies[0].First.Measured.Still;
        claims.Add("tasks solved by one-step control, probe: 600/600", s => Rate(s, r => r.Measured.Greedy.Solves),
            $"untrained {Percent(controls.UntrainedGreedy)}; random moves {Percent(controls.RandomMoves)}");
        claims.Add("of these by a shortest path: 600/600", s => Rate(s, r => r.Measured.Greedy.Optima));
        claims.Add("tasks solved by one-step control, distance of latents: fails", s => Rate(s, r => r.Measured.GreedyByLatent.Solves));
        claims.Add("tasks solved by search in latent space before the first move", s => Rate(s, r => r.Measured.BreadthFirst.Solves));
        claims.Add("tasks solved by the cross-entropy method, distance of latents", s => Rate(s, r => (r.Measured.CrossEntropy.Solved, r.Measured.CrossEntropy.Tasks)));
        claims.Add("R² of column and row, cells that the probe was fitted to: 1.00", s => s.MeanStd(r => (r.Measured.InSample.Column + r.Measured.InSample.Row) / 2), Codes(c => c.InSample));
        claims.Add("R² of column and row, cells left out", s => s.MeanStd(r => r.Measured.LeaveOneOut), Codes(c => c.LeaveOneOut));
        claims.Add("the same with the cell's row and column left out", s => s.MeanStd(r => r.Measured.LeaveLinesOut), Codes(c => c.LeaveLinesOut));
        claims.Add("variance along the first two directions: 30 % + 22 %",
            s => $"{s.MeanStd(r => 100 * r.Measured.FirstTwo)} % ({Numbers.Percent(Statistics.Mean(s.Each(r => r.Measured.Explained[0])))} + {Numbers.Percent(Statistics.Mean(s.Each(r => r.Measured.Explained[1])))})",
            Codes(c => 100 * c.FirstTwo));
        claims.Add("transitions predicted correctly", s => Rate(s, r => r.Measured.Transitions), $"untrained {controls.UntrainedTransitions.Right}/{controls.UntrainedTransitions.All}; chance 4 %");
        claims.Add("moves into walls predicted correctly", s => Rate(s, r => r.Measured.Collisions));
        claims.Add($"{HeldOut.Count} transitions never shown, predicted correctly", s => Rate(s, r => r.Held.Unseen), "chance 4 %");
        claims.Add("tasks solved by that model, one-step control, probe", s => Rate(s, r => r.Held.Greedy.Solves));
        foreach (var steps in new[] { 1, 2, 4, 8 })
            claims.Add($"cell after {steps} imagined move{(steps == 1 ? "" : "s")}", s => Rate(s, r => (r.Measured.OpenLoop[steps - 1], Measurements.Walks)), $"standing still {Numbers.Percent(still[steps - 1] / (double)Measurements.Walks)}; chance 4 %");
        claims.Add("effective rank of 192", s => s.MeanStd(r => r.Measured.EffectiveRank));
        claims.Add("parameters: 3 M", s => $"{s.Model.Count:N0}");
        claims.Add("training, median: about 30 minutes on a rented GPU", s => s.MedianSeconds);
        claims.Add("parameter hash, first seed", s => s.Model.Hash);
        return claims.Table;
    }

    static string Percent(Routes routes) => Numbers.Percent(routes.AllSolved / (double)routes.AllPairs);

    static string Rate(Study study, Func<GridRun, (int Right, int All)> count)
    {
        var (right, all) = study.Sum(count);
        return all == 0 ? "–" : $"{right}/{all} = {study.Rate(count)}";
    }
}
