namespace TinyJepa.Samples;

/// <summary>Fewer points that draw the same curve: neighbours go into one bucket.</summary>
internal static class Thinning
{
    /// <summary>
    /// The least and the greatest height of every bucket: no spike is lost, whereas taking every n-th point would lose most of them.
    /// </summary>
    /// <param name="x">[n]</param>
    /// <param name="low">[n]; what is not a number is passed over.</param>
    /// <param name="high">[n]; the same list as <paramref name="low"/> for the range of one curve.</param>
    /// <param name="buckets">How many, at most; a bucket without a number comes back as NaN, which is a gap.</param>
    internal static (double X, double Low, double High)[] Envelope(
        IReadOnlyList<double> x, IReadOnlyList<double> low, IReadOnlyList<double> high, int buckets)
    {
        var envelope = new (double X, double Low, double High)[Math.Min(buckets, x.Count)];
        for (var b = 0; b < envelope.Length; b++)
        {
            var (least, greatest) = (double.PositiveInfinity, double.NegativeInfinity);
            var (first, end) = Bounds(x.Count, envelope.Length, b);
            for (var i = first; i < end; i++)
            {
                if (!double.IsFinite(low[i]) || !double.IsFinite(high[i])) continue;
                (least, greatest) = (Math.Min(least, low[i]), Math.Max(greatest, high[i]));
            }

            var middle = (x[first] + x[end - 1]) / 2;
            envelope[b] = least <= greatest ? (middle, least, greatest) : (middle, double.NaN, double.NaN);
        }

        return envelope;
    }

    /// <summary>The mean point of every bucket; a bucket without a number comes back as NaN, which is a gap.</summary>
    /// <param name="x">[n]</param>
    /// <param name="y">[n]; what is not a number is passed over.</param>
    /// <param name="buckets">How many, at most.</param>
    internal static (double X, double Y)[] Means(IReadOnlyList<double> x, IReadOnlyList<double> y, int buckets)
    {
        var means = new (double X, double Y)[Math.Min(buckets, x.Count)];
        for (var b = 0; b < means.Length; b++)
        {
            var (sumX, sumY, n) = (0.0, 0.0, 0);
            var (first, end) = Bounds(x.Count, means.Length, b);
            for (var i = first; i < end; i++)
            {
                if (!double.IsFinite(y[i])) continue;
                (sumX, sumY, n) = (sumX + x[i], sumY + y[i], n + 1);
            }

            means[b] = (sumX / n, sumY / n);
        }

        return means;
    }

    static (int First, int End) Bounds(int count, int buckets, int bucket) =>
        ((int)((long)count * bucket / buckets), (int)((long)count * (bucket + 1) / buckets));
}
