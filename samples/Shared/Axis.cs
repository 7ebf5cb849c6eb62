namespace TinyJepa.Samples;

/// <summary>Maps the values of one direction of a chart to pixels and chooses the round values to label.</summary>
internal sealed class Axis
{
    readonly double _min, _max, _from, _to;
    readonly bool _log;

    /// <param name="values">What must be visible; NaN, infinities and, on a logarithmic axis, everything not positive are ignored.</param>
    /// <param name="from">The pixel of the smallest value.</param>
    /// <param name="to">The pixel of the largest value.</param>
    /// <param name="log">Equal distances for equal factors.</param>
    /// <param name="padding">Fraction of the range to leave free at both ends.</param>
    internal Axis(IEnumerable<double> values, double from, double to, bool log = false, double padding = 0)
    {
        (_from, _to, _log) = (from, to, log);
        var (min, max) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (var v in values)
        {
            var p = Scale(v);
            if (!double.IsFinite(p)) continue;
            (min, max) = (Math.Min(min, p), Math.Max(max, p));
        }

        if (min > max) (min, max) = (0, 1);
        var half = log || min == 0 ? 0.5 : Math.Abs(min) / 2;
        if (min == max) (min, max) = (min - half, max + half);
        var free = padding * (max - min);
        // Quantities that cannot be negative should not have an axis that is.
        (_min, _max) = (!log && min >= 0 && min - free < 0 ? 0 : min - free, max + free);
    }

    /// <summary>The pixel of a value; NaN where it cannot be shown.</summary>
    internal double At(double value)
    {
        var p = Scale(value);
        return double.IsFinite(p) ? _from + (p - _min) / (_max - _min) * (_to - _from) : double.NaN;
    }

    /// <summary>Whether a value lies within the visible range.</summary>
    internal bool Shows(double value) => Scale(value) is var p && p >= _min - 1e-9 && p <= _max + 1e-9;

    /// <summary>Round values and their labels, about as many as wanted.</summary>
    internal List<(double Value, string Label)> Ticks(int wanted)
    {
        if (!_log) return Linear(_min, _max, wanted);
        return _max - _min > 2.2 ? Decades(wanted) : WithinDecades();
    }

    double Scale(double value) => !_log ? value : value > 0 ? Math.Log10(value) : double.NaN;

    static List<(double, string)> Linear(double min, double max, int wanted)
    {
        var raw = (max - min) / Math.Max(wanted, 1);
        var power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        var step = (raw / power) switch { < 1.5 => 1, < 3 => 2, < 7 => 5, _ => 10 } * power;
        var decimals = Math.Clamp((int)Math.Ceiling(-Math.Log10(step) - 1e-9), 0, 12);

        var ticks = new List<(double, string)>();
        for (var k = Math.Ceiling(min / step - 1e-9); k * step <= max + 1e-9 * step; k++)
            ticks.Add((k * step, Label(k * step, decimals, Math.Max(Math.Abs(min), Math.Abs(max)))));

        return ticks;
    }

    List<(double, string)> Decades(int wanted)
    {
        var (first, last) = ((int)Math.Ceiling(_min - 1e-9), (int)Math.Floor(_max + 1e-9));
        var every = Math.Max(1, (int)Math.Ceiling((last - first + 1) / (double)Math.Max(wanted, 1)));
        var ticks = new List<(double, string)>();
        for (var e = first; e <= last; e += every) ticks.Add((Math.Pow(10, e), Power(e)));
        return ticks;
    }

    // About two powers of ten, or less, are visible: 1, 2, 5 of each, or round steps when even those are too far apart.
    List<(double, string)> WithinDecades()
    {
        var ticks = new List<(double, string)>();
        for (var e = (int)Math.Floor(_min); e <= _max; e++)
            foreach (var digit in (ReadOnlySpan<int>)[1, 2, 5])
                if (Shows(digit * Math.Pow(10, e)))
                    ticks.Add((digit * Math.Pow(10, e), Numbers.Short(digit * Math.Pow(10, e))));

        return ticks.Count >= 3 ? ticks : Linear(Math.Pow(10, _min), Math.Pow(10, _max), 4);
    }

    static string Label(double value, int decimals, double largest) =>
        Math.Abs(value) < 1e-12 * largest ? "0"
        : largest is >= 1e7 or < 1e-3 ? Numbers.Short(value)
        : largest >= 1e4 && decimals == 0 && value % 100 == 0 ? Numbers.Short(value / 1000) + "k"
        : Numbers.Fixed(value, decimals);

    static string Power(int exponent)
    {
        if (exponent is >= -3 and <= 4) return Numbers.Short(Math.Pow(10, exponent));
        const string digits = "⁰¹²³⁴⁵⁶⁷⁸⁹";
        return "10" + string.Concat(exponent.ToString(System.Globalization.CultureInfo.InvariantCulture).Select(c => c == '-' ? '⁻' : digits[c - '0']));
    }
}
