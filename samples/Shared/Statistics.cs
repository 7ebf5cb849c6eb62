using MathNet.Numerics.Distributions;
using MathNet.Numerics.Statistics;

namespace TinyJepa.Samples;

/// <summary>A value and the range that probably holds the truth.</summary>
/// <param name="Value">The estimate.</param>
/// <param name="Low">Lower end of the 95 % interval; NaN when there is none.</param>
/// <param name="High">Upper end.</param>
public readonly record struct Interval(double Value, double Low, double High);

/// <summary>The few statistics a sample reports.</summary>
public static class Statistics
{
    // The 97.5 % quantile of the normal distribution.
    const double Z = 1.959963984540054;

    /// <summary>The arithmetic mean; NaN of nothing.</summary>
    /// <param name="values">[n]</param>
    public static double Mean(ReadOnlySpan<double> values)
    {
        var sum = 0.0;
        foreach (var v in values) sum += v;
        return sum / values.Length;
    }

    /// <summary>The standard deviation of the population the values were drawn from (divisor n − 1); NaN for fewer than two.</summary>
    /// <param name="values">[n]</param>
    public static double Std(ReadOnlySpan<double> values)
    {
        if (values.Length < 2) return double.NaN;
        var mean = Mean(values);
        var sum = 0.0;
        foreach (var v in values) sum += (v - mean) * (v - mean);
        return Math.Sqrt(sum / (values.Length - 1));
    }

    /// <summary>Mean ± standard deviation as text; one value alone stands for itself.</summary>
    /// <param name="values">[n]</param>
    /// <param name="unit">Follows the mean.</param>
    public static string MeanStd(ReadOnlySpan<double> values, string unit = "")
    {
        var mean = Numbers.Short(Mean(values)) + unit;
        return values.Length == 1 ? mean : $"{mean} ± {Numbers.Short(Std(values))}";
    }

    /// <summary>The mean with its 95 % interval by Student's t, which is honest for a handful of seeds too.</summary>
    /// <param name="values">[n], independent, for example one for each seed.</param>
    public static Interval MeanInterval(ReadOnlySpan<double> values)
    {
        var mean = Mean(values);
        if (values.Length < 2) return new(mean, double.NaN, double.NaN);
        var half = StudentT.InvCDF(0, 1, values.Length - 1, 0.975) * Std(values) / Math.Sqrt(values.Length);
        return new(mean, mean - half, mean + half);
    }

    /// <summary>A rate with its 95 % score interval (Wilson 1927), which stays inside [0, 1] and is honest at 0 of n and n of n.</summary>
    /// <param name="successes">0 … n.</param>
    /// <param name="trials">n, at least 1.</param>
    public static Interval Wilson(int successes, int trials)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(trials);
        ArgumentOutOfRangeException.ThrowIfNegative(successes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(successes, trials);
        double n = trials, p = successes / n;
        var centre = p + Z * Z / (2 * n);
        var half = Z * Math.Sqrt(p * (1 - p) / n + Z * Z / (4 * n * n));
        var shrink = 1 + Z * Z / n;
        return new(p,
            successes == 0 ? 0 : (centre - half) / shrink,              // exact at both ends, where rounding would miss by 1e-17
            successes == trials ? 1 : (centre + half) / shrink);
    }

    /// <summary>The value in the middle, or the mean of the two in the middle; NaN of nothing.</summary>
    /// <param name="values">[n], in any order; left as they are.</param>
    public static double Median(ReadOnlySpan<double> values)
    {
        var sorted = values.ToArray();
        Array.Sort(sorted);
        return SortedArrayStatistics.QuantileCustom(sorted, 0.5, QuantileDefinition.R7);
    }
}
