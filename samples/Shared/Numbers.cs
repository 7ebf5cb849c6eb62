using System.Globalization;

namespace TinyJepa.Samples;

/// <summary>Numbers as text for people, the same on every machine whatever its language.</summary>
public static class Numbers
{
    /// <summary>Three significant digits, in plain notation where that is short: 0.000505, 0.733, 88.4, 24800, 1.2e-7.</summary>
    /// <param name="value">Any number; NaN is shown as a dash.</param>
    public static string Short(double value)
    {
        if (double.IsNaN(value)) return "–";
        var size = Math.Abs(value);
        if (size == 0) return "0";
        if (double.IsInfinity(size) || size is < 1e-4 or >= 1e7) return Signed(value.ToString("0.##e-0", CultureInfo.InvariantCulture));
        var decimals = Math.Clamp(2 - (int)Math.Floor(Math.Log10(size)), 0, 7);
        return Signed(Math.Round(value, decimals).ToString("0." + new string('#', decimals), CultureInfo.InvariantCulture));
    }

    /// <summary>A fraction as a percentage: 0.875 is 87.5 %.</summary>
    /// <param name="fraction">0 … 1.</param>
    public static string Percent(double fraction) => double.IsNaN(fraction) ? "–" : Short(100 * fraction) + " %";

    /// <summary>With the given number of decimals and no thousands separator.</summary>
    internal static string Fixed(double value, int decimals) => Signed(value.ToString("F" + decimals, CultureInfo.InvariantCulture));

    /// <summary>A coordinate of a chart: a tenth of a pixel is finer than any screen.</summary>
    internal static string Coordinate(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);

    static string Signed(string number) => number.Replace('-', '−').Replace("e−", "e-", StringComparison.Ordinal);
}
