using MathNet.Numerics.Statistics;

namespace TinyJepa.Analysis;

/// <summary>
/// Anomaly detection by prediction error, calibrated on ordinary data: the threshold is the quantile of ordinary errors that gives the wanted
/// false-alarm rate.
/// </summary>
public sealed class Surprise
{
    Surprise(double threshold, double baseline) => (Threshold, Baseline) = (threshold, baseline);

    /// <summary>Errors above this are anomalies.</summary>
    public double Threshold { get; }

    /// <summary>The median of ordinary errors.</summary>
    public double Baseline { get; }

    /// <summary>Sets the threshold so that about <paramref name="falseAlarmRate"/> of ordinary errors exceed it.</summary>
    /// <param name="ordinary">Prediction errors on data without anomalies, not used elsewhere.</param>
    /// <param name="falseAlarmRate">The fraction of ordinary errors that may count as anomalies, in (0, 1).</param>
    /// <exception cref="ArgumentException">There are too few errors for such a rate, or one is NaN.</exception>
    public static Surprise Calibrate(IEnumerable<double> ordinary, double falseAlarmRate)
    {
        ArgumentNullException.ThrowIfNull(ordinary);
        if (!(falseAlarmRate > 0 && falseAlarmRate < 1))
            throw new ArgumentOutOfRangeException(nameof(falseAlarmRate), falseAlarmRate, "A false-alarm rate must be between 0 and 1.");
        var sorted = ordinary.Order().ToArray();
        if (sorted.Any(double.IsNaN)) throw new ArgumentException("An error is NaN: the model has diverged.", nameof(ordinary));
        if (sorted.Length * falseAlarmRate * (1 + 1e-12) < 1) throw new ArgumentException(
            $"{sorted.Length} ordinary errors are too few for a false-alarm rate of {falseAlarmRate}: at least {Math.Ceiling(1 / falseAlarmRate)} " +
            "are needed.", nameof(ordinary));
        // As many ordinary errors lie above the threshold as the rate allows; 29 % of 100 are 29, though their product rounds to less.
        var alarms = Math.Min((int)(sorted.Length * falseAlarmRate * (1 + 1e-12)), sorted.Length - 1);
        var threshold = sorted[sorted.Length - 1 - alarms];
        return new Surprise(threshold, SortedArrayStatistics.Median(sorted));
    }

    /// <summary>Whether an error is too large to be ordinary.</summary>
    public bool IsAnomaly(double error) => error > Threshold;

    /// <summary>
    /// The area under the receiver operating characteristic: the probability that a random anomaly has a larger error than a random ordinary
    /// sample, ties counting half (Mann &amp; Whitney 1947).
    /// </summary>
    /// <exception cref="ArgumentException">One of the two is empty, or an error is NaN.</exception>
    public static double Auroc(IEnumerable<double> anomalous, IEnumerable<double> ordinary)
    {
        var all = anomalous.Select(error => (error, anomaly: true)).Concat(ordinary.Select(error => (error, anomaly: false)))
            .OrderBy(pair => pair.error).ToArray();
        if (all.Any(pair => double.IsNaN(pair.error))) throw new ArgumentException("An error is NaN: the model has diverged.");
        double positives = all.Count(pair => pair.anomaly), negatives = all.Length - positives;
        if (positives == 0 || negatives == 0) throw new ArgumentException("The area needs at least one anomalous and one ordinary error.");
        var rankSum = 0.0;
        for (var i = 0; i < all.Length;)
        {
            var j = i;
            while (j < all.Length && all[j].error == all[i].error) j++;
            var rank = (i + 1 + j) / 2.0;                             // tied errors share their mean rank
            rankSum += rank * all[i..j].Count(pair => pair.anomaly);
            i = j;
        }

        return (rankSum - positives * (positives + 1) / 2) / (positives * negatives);
    }
}
