using TinyJepa.Analysis;

namespace TinyJepa.Samples.BouncingBall;

/// <summary>Everything that is measured on one trained model. Probes are least squares with an intercept, fitted on the pool.</summary>
internal sealed record Measurements
{
    /// <summary>The probe on fresh trajectories.</summary>
    public required ProbeR2 Fresh { get; init; }

    /// <summary>The probe on the pool it was fitted on, as published.</summary>
    public required ProbeR2 InSample { get; init; }

    /// <summary>RMSE of the velocity, m/s, where the ball rests, bounces, flies; NaN for other worlds.</summary>
    public required (double Still, double Bounce, double Flight) VelocityError { get; init; }

    /// <summary>Standard deviation of each latent dimension, largest first: all 1 if isotropic.</summary>
    public required double[] Stds { get; init; }

    /// <summary>Fraction of the variance along each principal direction, largest first: all 1/16 if isotropic.</summary>
    public required IReadOnlyList<double> Explained { get; init; }

    /// <summary>Effective number of directions in use, of 16.</summary>
    public required double EffectiveRank { get; init; }

    /// <param name="model">A trained model.</param>
    /// <param name="sets">Its pool, and trajectories it has not seen.</param>
    public static Measurements Of(BallModel model, TrajectorySets sets)
    {
        using var scope = Scope.Begin();
        var (pool, fresh) = (new Observations(sets.Pool, model.Recipe.Window), new Observations(sets.Fresh, model.Recipe.Window));
        Tensor fitted = model.Encode(pool.Windows), unseen = model.Encode(fresh.Windows), labels = fresh.Labels;
        var probe = LinearProbe.Fit(fitted, pool.Labels);
        var pca = Pca.Fit(fitted);
        return new Measurements
        {
            Fresh = ProbeR2.Of(probe.Score(unseen, labels)),
            InSample = ProbeR2.Of(probe.Score(fitted, pool.Labels)),
            VelocityError = sets.Fresh.Width == 1 ? Errors(probe, unseen, labels, fresh) : (double.NaN, double.NaN, double.NaN),
            Stds = [.. Collapse.Std(fitted).OrderDescending()],
            Explained = pca.Explained,
            EffectiveRank = Collapse.EffectiveRank(fitted),
        };
    }

    static (double, double, double) Errors(LinearProbe probe, Tensor features, Tensor labels, Observations observations)
    {
        float[] predicted = probe.Predict(features).ToArray(), truth = labels.ToArray();
        var (rest, bounce, flight) = observations.ByMotion();
        return (Rmse(rest), Rmse(bounce), Rmse(flight));

        double Rmse(int[] rows) => rows.Length == 0 ? double.NaN : Math.Sqrt(rows.Average(row => SquaredError(2 * row + 1)));

        double SquaredError(int i) => (predicted[i] - truth[i]) * (double)(predicted[i] - truth[i]);
    }
}

/// <summary>R² of a probe: of the position (the mean over its coordinates) and of the velocity.</summary>
internal readonly record struct ProbeR2(double Position, double Velocity)
{
    public static ProbeR2 Of(ProbeScore score) => new(score.R2.SkipLast(1).Average(), score.R2[^1]);
}
