namespace TinyJepa.Samples.BouncingBall;

/// <summary>The published claims, and beside each what both recipes and the controls give here.</summary>
internal static class Claims
{
    const string None = "–";

    /// <param name="published">The published recipe's runs; null if it was not trained.</param>
    /// <param name="best">The best recipe's runs; null if it was not trained.</param>
    /// <param name="controls">The same windows without the models, for each recipe.</param>
    public static ClaimTable Table(Study? published, Study? best, IReadOnlyList<Controls> controls)
    {
        var table = new ClaimTable();
        void Row(string claim, Func<Study, string> show, string control) =>
            table.Add(claim, published is null ? None : show(published), best is null ? None : show(best), control);

        Row("position R², fresh trajectories: .99", s => s.Spread(r => r.Marks.Fresh.Position), Each(c => $"raw {R2(c.Raw.Position)}, untrained {Mean(c.Untrained, r => r.Position)}, supervised {Mean(c.Ceiling, r => r.Position)}"));
        Row("velocity R², fresh trajectories: .6", s => s.Spread(r => r.Marks.Fresh.Velocity), Each(c => $"raw {R2(c.Raw.Velocity)}, untrained {Mean(c.Untrained, r => r.Velocity)}, supervised {Mean(c.Ceiling, r => r.Velocity)}"));
        Row("velocity R² on the pool itself, as published: .6", s => s.Spread(r => r.Marks.InSample.Velocity), "answering the mean 0");
        Row("velocity R² if nobody tells sign(v)", s => s.Spread(r => r.Untold.Fresh.Velocity), $"sign(v) alone {R2(controls[0].Direction.Velocity)}; {Each(c => $"raw and sign(v) {R2(c.RawAndDirection.Velocity)}")}");
        Row("single frame, position R²: .99", s => s.Spread(r => r.SingleMarks.Fresh.Position), None);
        Row("single frame, velocity R²: .00", s => s.Spread(r => r.SingleMarks.Fresh.Velocity), "answering the mean 0");
        Row("raw window by least squares: .99 / .59", s => Raw(controls, s.Recipe, c => c.Raw), "");
        Row("raw window without noise", s => Raw(controls, s.Recipe, c => c.Clean), "");
        Row("velocity error while flying, m/s", s => s.Spread(r => r.Marks.VelocityError.Flight), None);
        Row("velocity error in windows with a bounce, m/s", s => s.Spread(r => r.Marks.VelocityError.Bounce), None);
        Row("velocity error at rest, m/s", s => s.Spread(r => r.Marks.VelocityError.Still), None);
        Row("deviation of the 16 dimensions: “all over the place”", s => $"{Numbers.Short(s.Each(r => r.Marks.Deviations[^1]).Min())}–{Numbers.Short(s.Each(r => r.Marks.Deviations[0]).Max())}", "isotropic 1–1");
        Row("variance along the first component", s => $"{Numbers.Percent(s.Each(r => r.Marks.Explained[0]).Min())}–{Numbers.Percent(s.Each(r => r.Marks.Explained[0]).Max())}", "isotropic 6.25 %");
        Row("effective rank of 16", s => s.Spread(r => r.Marks.EffectiveRank), "isotropic 16");
        Row("effective rank, single frame: rank 1", s => s.Spread(r => r.SingleMarks.EffectiveRank), "");
        Row("loss, first epoch → last: “drop hard, one floor”", s => $"{s.Spread(r => r.Trained.Losses[0])} → {s.Spread(r => r.Trained.Losses[^1])}", "the recipes' losses have other units");
        Row("training of one seed, median", s => Numbers.Short(Statistics.Median(s.Each(r => r.Trained.Seconds))) + " s", None);
        Row("processor time of that, median", s => Numbers.Short(Statistics.Median(s.Each(r => r.Trained.Processor))) + " s", None);
        Row("parameters: 1,792", s => s.First.Trained.Model.Parameters.Count.ToString("N0", System.Globalization.CultureInfo.InvariantCulture), None);
        Row("parameter hash, first seed", s => s.First.Trained.Model.Parameters.Hash(), None);
        return table;

        string Each(Func<Controls, string> show) => string.Join("; ", controls.Select(c => $"K = {c.Window}: {show(c)}"));
    }

    static string Raw(IReadOnlyList<Controls> controls, Recipe recipe, Func<Controls, Reading> reading) =>
        controls.First(c => c.Window == recipe.Window) is var c ? $"{R2(reading(c).Position)} / {R2(reading(c).Velocity)}" : None;

    static string Mean(Reading[] readings, Func<Reading, double> part) => R2(Statistics.Mean([.. readings.Select(part)]));

    static string R2(double value) => Numbers.Short(value);
}
