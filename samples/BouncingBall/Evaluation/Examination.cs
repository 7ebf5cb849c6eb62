using TinyJepa.Analysis;

namespace TinyJepa.Samples.BouncingBall;

/// <summary>Everything that is measured of one trained model. Probes are least squares with an intercept, fitted on the pool.</summary>
internal sealed record Examination
{
    /// <summary>The probe on fresh trajectories.</summary>
    public required Reading Fresh { get; init; }

    /// <summary>The probe on the pool it was fitted on, as published.</summary>
    public required Reading InSample { get; init; }

    /// <summary>RMSE of the velocity, m/s, where the ball rests, bounces, flies; NaN for other worlds.</summary>
    public required (double Still, double Bounce, double Flight) VelocityError { get; init; }

    /// <summary>Deviation of each latent dimension, largest first: all 1 if isotropic.</summary>
    public required double[] Deviations { get; init; }

    /// <summary>Share of the variance along each principal direction, largest first: all 1/16 if isotropic.</summary>
    public required IReadOnlyList<double> Explained { get; init; }

    /// <summary>How many directions are really used, of 16.</summary>
    public required double EffectiveRank { get; init; }

    /// <param name="model">A trained model.</param>
    /// <param name="films">Its pool, and trajectories it has not seen.</param>
    public static Examination Of(BallModel model, Films films)
    {
        using var scope = Scope.Begin();
        var (pool, fresh) = (new Sights(films.Pool, model.Recipe.Window), new Sights(films.Fresh, model.Recipe.Window));
        Tensor fitted = model.Encode(pool.Windows), judged = model.Encode(fresh.Windows), labels = fresh.Labels;
        var probe = LinearProbe.Fit(fitted, pool.Labels);
        var pca = Pca.Fit(fitted);
        return new Examination
        {
            Fresh = Reading.Of(probe.Score(judged, labels)),
            InSample = Reading.Of(probe.Score(fitted, pool.Labels)),
            VelocityError = films.Fresh.Width == 1 ? Errors(probe, judged, labels, fresh) : (double.NaN, double.NaN, double.NaN),
            Deviations = [.. Collapse.Std(fitted).OrderDescending()],
            Explained = pca.Explained,
            EffectiveRank = Collapse.EffectiveRank(fitted),
        };
    }

    static (double, double, double) Errors(LinearProbe probe, Tensor features, Tensor labels, Sights sights)
    {
        float[] read = probe.Predict(features).ToArray(), truth = labels.ToArray();
        var (rest, bounce, flight) = sights.ByMotion();
        return (Rmse(rest), Rmse(bounce), Rmse(flight));

        double Rmse(int[] rows) => rows.Length == 0 ? double.NaN : Math.Sqrt(rows.Average(row => (read[2 * row + 1] - truth[2 * row + 1]) * (double)(read[2 * row + 1] - truth[2 * row + 1])));
    }
}

/// <summary>How much of the state's variance is read off: R² of the place (the mean over its coordinates) and of the velocity.</summary>
internal readonly record struct Reading(double Position, double Velocity)
{
    public static Reading Of(ProbeScore score) => new(score.R2.SkipLast(1).Average(), score.R2[^1]);
}
