namespace TinyJepa.Samples;

/// <summary>Points in a plane, coloured by a third quantity, drawn as SVG: a latent space seen from the side.</summary>
/// <param name="Title">What the reader sees here, in a few words.</param>
/// <param name="XName">The horizontal quantity.</param>
/// <param name="YName">The vertical quantity.</param>
/// <param name="ValueName">What the colour means.</param>
/// <param name="X">[n]</param>
/// <param name="Y">[n]</param>
/// <param name="Value">[n]</param>
public sealed record ScatterChart(
    string Title, string XName, string YName, string ValueName, IReadOnlyList<double> X, IReadOnlyList<double> Y, IReadOnlyList<double> Value)
{
    /// <summary>More points than this are not drawn: they would hide each other and make the page slow.</summary>
    public const int MostPoints = 3000;

    /// <summary>Width in pixels at natural size.</summary>
    public int Width { get; init; } = 560;

    /// <summary>Height in pixels at natural size.</summary>
    public int Height { get; init; } = 400;

    /// <summary>Draws the chart.</summary>
    /// <returns>One SVG element.</returns>
    public string ToSvg()
    {
        if (X.Count != Y.Count || X.Count != Value.Count)
            throw new ArgumentException($"A point needs x, y and value; got {X.Count}, {Y.Count} and {Value.Count} of them.");

        var chart = new Chart(Width, Height, Title);
        var values = new Axis(Value, 0, 1);
        var barMargin = 40 + values.Ticks(5).Max(t => Chart.TextWidth(t.Label));
        var (x, y) = chart.Axes((X, XName, 0.04), (Y, YName, 0.04, false), barMargin);
        Points(chart, x, y, values);
        Bar(chart, values);
        return chart.Finish();
    }

    void Points(Chart chart, Axis x, Axis y, Axis values)
    {
        var drawn = Math.Min(X.Count, MostPoints);
        var radius = drawn < 100 ? 4.5 : drawn < 800 ? 3.4 : 2.6;
        chart.Add($"""<g fill-opacity=".82">""");
        for (var k = 0; k < drawn; k++)
        {
            var i = (int)((long)X.Count * k / drawn);
            var (px, py, fraction) = (x.At(X[i]), y.At(Y[i]), values.At(Value[i]));
            if (double.IsFinite(px) && double.IsFinite(py) && double.IsFinite(fraction))
                chart.Add($"""<circle cx="{px:0.#}" cy="{py:0.#}" r="{radius}" fill="{ColourMap.At(fraction)}"/>""");
        }

        chart.Add($"</g>");
    }

    void Bar(Chart chart, Axis values)
    {
        const int steps = 48;
        double left = chart.Right + 18, height = chart.Bottom - chart.Top;
        for (var i = 0; i < steps; i++)
        {
            // A little taller than its step, so that no seam shows between two.
            var y = chart.Bottom - height * (i + 1) / steps;
            chart.Add($"""<rect x="{left:0.#}" y="{y:0.##}" width="11" height="{height / steps + 0.6:0.##}" fill="{ColourMap.At((i + 0.5) / steps)}"/>""");
        }

        foreach (var (value, label) in values.Ticks(5))
            chart.Text(left + 17, chart.Bottom - values.At(value) * height + 4, label);
        chart.Text(Width, chart.Top - 14, ValueName, anchor: "end");
    }
}
