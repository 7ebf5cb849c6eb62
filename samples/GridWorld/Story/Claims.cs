namespace TinyJepa.Samples.GridWorld;

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
        string Codes(Func<CodeControl, double> show) =>
            $"untrained encoders {Statistics.Spread([.. controls.Untrained.Select(show)])}; raw pixels {Numbers.Short(show(controls.Pixels))}; random codes {Statistics.Spread([.. controls.RandomCodes.Select(show)])}";

        var still = (published ?? best)!.Runs[0].Marks.Still;
        Row("ways found by one-step control, probe: 600/600", s => s.Rate(m => (m.Greedy.AllSolved, m.Greedy.AllPairs)),
            $"untrained {Share(controls.UntrainedGreedy)}; random moves {Share(controls.RandomMoves)}");
        Row("of these as short as possible: 600/600", s => s.Rate(m => (m.Greedy.AllOptimal, m.Greedy.AllPairs)), None);
        Row("ways found by one-step control, distance of latents: fails", s => s.Rate(m => (m.GreedyByLatent.AllSolved, m.GreedyByLatent.AllPairs)), None);
        Row("whole ways found in the imagination before the first move", s => s.Rate(m => (m.BreadthFirst.AllSolved, m.BreadthFirst.AllPairs)), None);
        Row("ways found by the cross-entropy method, distance of latents", s => s.Rate(m => (m.CrossEntropy.Solved, m.CrossEntropy.Tasks)), None);
        Row("R² of column and row, cells that the probe was fitted to: 1.00", s => s.Spread(m => (m.InSample.Column + m.InSample.Row) / 2), Codes(c => c.InSample));
        Row("R² of column and row, cells left out", s => s.Spread(m => m.LeaveOneOut), Codes(c => c.LeaveOneOut));
        Row("the same with the cell's row and column left out", s => s.Spread(m => m.LeaveLinesOut), Codes(c => c.LeaveLinesOut));
        Row("variance along the first two directions: 30 % + 22 %",
            s => $"{s.Spread(m => 100 * (m.Explained[0] + m.Explained[1]))} % ({Numbers.Percent(Statistics.Mean(s.Each(m => m.Explained[0])))} + {Numbers.Percent(Statistics.Mean(s.Each(m => m.Explained[1])))})",
            Codes(c => 100 * c.FirstTwo));
        Row("transitions expected rightly", s => s.Rate(m => m.Transitions), $"untrained {controls.UntrainedTransitions.Right}/{controls.UntrainedTransitions.All}; chance 4 %");
        Row("bumps into walls expected rightly", s => s.Rate(m => m.Bumps), None);
        Row($"{HeldOut.Count} transitions never shown, expected rightly", s => s.RateWithout(h => h.Unseen), "chance 4 %");
        Row("ways found by that model, one-step control, probe", s => s.RateWithout(h => (h.Greedy.AllSolved, h.Greedy.AllPairs)), None);
        foreach (var steps in new[] { 1, 2, 4, 8 })
            Row($"cell after {steps} imagined move{(steps == 1 ? "" : "s")}", s => s.Rate(m => (m.OpenLoop[steps - 1], Examination.Walks)), $"standing still {Numbers.Percent(still[steps - 1] / (double)Examination.Walks)}; chance 4 %");
        Row("effective rank of 192", s => s.Spread(m => m.EffectiveRank), None);
        Row("parameters: 3 M", s => $"{s.First.Model.Count:N0}", None);
        Row("training, median: about 30 minutes on a rented GPU", s => Numbers.Short(Statistics.Median([.. s.Runs.Select(run => run.Trained.Seconds)])) + " s", None);
        Row("parameter hash, first seed", s => s.First.Model.Hash, None);
        return table;
    }

    static string Share(Routes routes) => Numbers.Percent(routes.AllSolved / (double)routes.AllPairs);
}
