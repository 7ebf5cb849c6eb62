namespace TinyJepa.Samples.BouncingBall;

/// <summary>The published claims, and beside each what both recipes and the controls give here.</summary>
internal static class BallClaims
{
    /// <param name="studies">One for each recipe that was trained.</param>
    /// <param name="controls">The same windows without the models, for each recipe.</param>
    public static ClaimTable Table(IReadOnlyList<Study> studies, IReadOnlyList<Controls> controls)
    {
        var claims = new Claims<Study>(studies, study => study.IsPublished);
        claims.Add("position R², fresh trajectories: .99", s => s.MeanStd(r => r.Measured.Fresh.Position), Each(c => Probes(c, r2 => r2.Position)));
        claims.Add("velocity R², fresh trajectories: .6", s => s.MeanStd(r => r.Measured.Fresh.Velocity), Each(c => Probes(c, r2 => r2.Velocity)));
        claims.Add("velocity R² on the pool itself, as published: .6", s => s.MeanStd(r => r.Measured.InSample.Velocity), "predicting the mean 0");
        claims.Add("velocity R² without sign(v) as an action", s => s.MeanStd(r => r.WithoutAction.Fresh.Velocity),
            $"sign(v) alone {R2(controls[0].Direction.Velocity)}; {Each(c => $"raw and sign(v) {R2(c.RawAndDirection.Velocity)}")}");
        claims.Add("single frame, position R²: .99", s => s.MeanStd(r => r.SingleMeasured.Fresh.Position));
        claims.Add("single frame, velocity R²: .00", s => s.MeanStd(r => r.SingleMeasured.Fresh.Velocity), "predicting the mean 0");
        claims.Add("raw window by least squares: .99 / .59", s => Both(controls, s.Recipe, c => c.Raw), "");
        claims.Add("raw window without noise", s => Both(controls, s.Recipe, c => c.Clean), "");
        claims.Add("velocity error while flying, m/s", s => s.MeanStd(r => r.Measured.VelocityError.Flight));
        claims.Add("velocity error in windows with a bounce, m/s", s => s.MeanStd(r => r.Measured.VelocityError.Bounce));
        claims.Add("velocity error at rest, m/s", s => s.MeanStd(r => r.Measured.VelocityError.Still));
        claims.Add("std of the 16 dimensions: “all over the place”",
            s => $"{Numbers.Short(s.Each(r => r.Measured.Stds[^1]).Min())}–{Numbers.Short(s.Each(r => r.Measured.Stds[0]).Max())}", "isotropic 1–1");
        claims.Add("variance along the first component", FirstComponent, "isotropic 6.25 %");
        claims.Add("effective rank of 16", s => s.MeanStd(r => r.Measured.EffectiveRank), "isotropic 16");
        claims.Add("effective rank, single frame: rank 1", s => s.MeanStd(r => r.SingleMeasured.EffectiveRank), "");
        claims.Add("loss, first epoch → last: “drop hard, one floor”",
            s => $"{s.MeanStd(r => r.Trained.Curves.Loss[0])} → {s.MeanStd(r => r.Trained.Curves.Loss[^1])}", "the recipes' losses have other units");
        claims.Add("training of one seed, median", s => s.MedianSeconds);
        claims.Add("processor time of that, median", s => Numbers.Short(Statistics.Median(s.Each(r => r.Trained.ProcessorSeconds))) + " s");
        claims.Add("parameters: 1,792", s => $"{s.Model.Count:N0}");
        claims.Add("parameter hash, first seed", s => s.Model.Hash);
        return claims.Table;

        string Each(Func<Controls, string> show) => string.Join("; ", controls.Select(c => $"K = {c.Window}: {show(c)}"));
    }

    static string Probes(Controls controls, Func<ProbeR2, double> part) =>
        $"raw {R2(part(controls.Raw))}, untrained {Mean(controls.Untrained, part)}, supervised {Mean(controls.Ceiling, part)}";

    static string Both(IReadOnlyList<Controls> controls, Recipe recipe, Func<Controls, ProbeR2> pick)
    {
        var r2 = pick(controls.First(c => c.Window == recipe.Window));
        return $"{R2(r2.Position)} / {R2(r2.Velocity)}";
    }

    static string FirstComponent(Study study)
    {
        var explained = study.Each(run => run.Measured.Explained[0]);
        return $"{Numbers.Percent(explained.Min())}–{Numbers.Percent(explained.Max())}";
    }

    static string Mean(ProbeR2[] values, Func<ProbeR2, double> part) => R2(Statistics.Mean([.. values.Select(part)]));

    static string R2(double value) => Numbers.Short(value);
}
