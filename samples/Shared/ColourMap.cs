namespace TinyJepa.Samples;

/// <summary>Viridis (Smith &amp; van der Walt 2015): equal steps of a value look equally far apart, also in grey and to the colour-blind.</summary>
public static class ColourMap
{
    static readonly Rgb[] s_viridis =
    [
        new(68, 1, 84), new(72, 26, 108), new(71, 47, 125), new(65, 68, 135), new(57, 86, 140), new(49, 104, 142), new(42, 120, 142), new(35, 136, 142),
        new(31, 152, 139), new(34, 168, 132), new(53, 183, 121), new(84, 197, 104), new(122, 209, 81), new(165, 219, 54), new(210, 226, 27), new(253, 231, 37),
    ];

    /// <summary>The colour of a value.</summary>
    /// <param name="fraction">0 (dark blue) … 1 (yellow); values outside, and NaN, are clamped.</param>
    public static Rgb At(double fraction)
    {
        fraction = fraction >= 0 ? Math.Min(fraction, 1) : 0;
        var at = fraction * (s_viridis.Length - 1);
        var below = Math.Min((int)at, s_viridis.Length - 2);
        return Rgb.Mix(s_viridis[below], s_viridis[below + 1], (float)(at - below));
    }
}
