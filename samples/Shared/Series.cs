namespace TinyJepa.Samples;

/// <summary>One curve of a <see cref="LineChart"/>.</summary>
/// <param name="Name">What the legend calls it.</param>
/// <param name="X">[n], growing.</param>
/// <param name="Y">[n]; NaN leaves a gap.</param>
public sealed record Series(string Name, IReadOnlyList<double> X, IReadOnlyList<double> Y)
{
    /// <summary>A curve over the steps 1 … n.</summary>
    /// <param name="name">What the legend calls it.</param>
    /// <param name="y">[n].</param>
    public Series(string name, IReadOnlyList<double> y) : this(name, [.. Enumerable.Range(1, y.Count).Select(i => (double)i)], y) { }

    /// <summary>The lower edge of a shaded band around the curve, [n].</summary>
    public IReadOnlyList<double>? Low { get; init; }

    /// <summary>The upper edge of the band, [n].</summary>
    public IReadOnlyList<double>? High { get; init; }

    /// <summary>A curve to compare with, such as "copy the last frame": drawn grey and dashed, and it takes no colour from the others.</summary>
    public bool Control { get; init; }
}
