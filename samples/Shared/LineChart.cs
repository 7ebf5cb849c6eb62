using System.Text;

namespace TinyJepa.Samples;

/// <summary>Curves over a common horizontal axis, drawn as SVG. Long curves are thinned to what a screen can show.</summary>
/// <param name="Title">What the reader sees here, in a few words.</param>
/// <param name="XName">The horizontal quantity and its unit.</param>
/// <param name="YName">The vertical quantity and its unit.</param>
/// <param name="Series">The curves, in the order of the legend.</param>
public sealed record LineChart(string Title, string XName, string YName, params IReadOnlyList<Series> Series)
{
    /// <summary>Equal vertical distances for equal factors; values that are not positive leave gaps.</summary>
    public bool LogY { get; init; }

    /// <summary>Values that the vertical axis must include, such as 0.</summary>
    public IReadOnlyList<double> YIncludes { get; init; } = [];

    /// <summary>Vertical lines at events, such as the injected anomaly.</summary>
    public IReadOnlyList<(double X, string Label)> Markers { get; init; } = [];

    /// <summary>Dashed horizontal lines, such as the alarm threshold or a published figure.</summary>
    public IReadOnlyList<(double Y, string Label)> Thresholds { get; init; } = [];

    /// <summary>Width in pixels at natural size; the picture scales with its place.</summary>
    public int Width { get; init; } = 560;

    /// <summary>Height in pixels at natural size.</summary>
    public int Height { get; init; } = 330;

    /// <summary>Draws the chart.</summary>
    /// <returns>One SVG element.</returns>
    public string ToSvg()
    {
        foreach (var s in Series) Require(s);
        var chart = new Chart(Width, Height, Title);
        Legend(chart);

        var (x, y) = chart.Axes(
            (Series.SelectMany(s => s.X).Concat(Markers.Select(m => m.X)), XName, 0),
            (Series.SelectMany(Heights).Concat(Thresholds.Select(t => t.Y)).Concat(YIncludes), YName, 0.05, LogY));
        Events(chart, x);
        var colour = 0;
        foreach (var s in Series)
        {
            var paint = s.Control ? Chart.ControlColour : Chart.Colour(colour++);
            double[] across = [.. s.X.Select(x.At)], heights = [.. s.Y.Select(y.At)];
            if (s is { Low: { } low, High: { } high })
                Band(chart, across, [.. low.Select(y.At)], [.. high.Select(y.At)], "band", paint);
            Curve(chart, across, heights, s, paint);
        }

        Limits(chart, y);
        return chart.Finish();
    }

    static IEnumerable<double> Heights(Series s) => s.Y.Concat(s.Low ?? []).Concat(s.High ?? []);

    static void Require(Series s)
    {
        if (s.Y.Count != s.X.Count || (s.Low ?? s.X).Count != s.X.Count || (s.High ?? s.X).Count != s.X.Count || s.Low is null != s.High is null)
            throw new ArgumentException($"The curve '{s.Name}' needs as many y as x values, and both edges of its band or none.");
    }

    void Legend(Chart chart)
    {
        if (Series.Count == 1 && !Series[0].Control) return;
        double x = 0, y = chart.Top + 2;
        var colour = 0;
        foreach (var s in Series)
        {
            var width = 26 + Chart.TextWidth(s.Name) + 14;
            if (x > 0 && x + width > Width) (x, y) = (0, y + 18);
            var (paint, css) = s.Control ? (Chart.ControlColour, "curve control") : (Chart.Colour(colour++), "curve");
            chart.Add($"""<path d="M{x + 1:0.#} {y - 4:0.#}h18" class="{css}" style="stroke:{paint}"/>""");
            chart.Text(x + 25, y, s.Name, "name");
            x += width;
        }

        chart.Top = y + 18;
    }

    void Events(Chart chart, Axis x)
    {
        foreach (var (value, label) in Markers)
        {
            var at = x.At(value);
            chart.Line(at, chart.Top, at, chart.Bottom, "event");
            var left = at + 6 + Chart.TextWidth(label) > chart.Right;
            chart.Text(left ? at - 6 : at + 6, chart.Top + 10, label, "note", left ? "end" : "start");
        }
    }

    void Limits(Chart chart, Axis y)
    {
        foreach (var (value, label) in Thresholds)
        {
            chart.Line(chart.Left, y.At(value), chart.Right, y.At(value), "limit");
            chart.Text(chart.Right - 4, y.At(value) - 6, label, "note limit-note", "end");
        }
    }

    // A curve of many more points than pixels becomes a pale range from its lowest to its highest, so that no spike is lost, under a line
    // through the means, so that the trend is seen.
    static void Curve(Chart chart, double[] x, double[] y, Series s, string paint)
    {
        var pixels = (int)(chart.Right - chart.Left);
        var thin = x.Length > 2 * pixels;
        if (thin) Band(chart, x, y, y, "raw", paint);

        var path = new StringBuilder();
        var pen = false;
        foreach (var (px, py) in Thinning.Means(x, y, thin ? pixels / 3 : x.Length))
        {
            var visible = double.IsFinite(px) && double.IsFinite(py);
            if (visible && pen) Append(path, 'L', px, py);
            else if (visible) Append(path, 'M', px, py).Append("h0");        // a lone point between gaps is a dot
            pen = visible;
        }

        var css = s.Control ? "curve control" : "curve";
        chart.Add($"""<path d="{path}" class="{css}" style="stroke:{paint}"><title>{Chart.Encode(s.Name)}</title></path>""");
    }

    // There along the upper edge and back along the lower one; a gap in the data ends one area and begins the next. On the page y grows
    // downwards, so the upper edge is the smaller number.
    static void Band(Chart chart, double[] x, double[] low, double[] high, string cssClass, string paint)
    {
        var path = new StringBuilder();
        var area = new List<(double X, double Low, double High)>();
        foreach (var point in Thinning.Envelope(x, high, low, (int)(chart.Right - chart.Left)))
        {
            if (double.IsFinite(point.X) && double.IsFinite(point.Low)) area.Add(point);
            else Close();
        }

        Close();
        chart.Add($"""<path d="{path}" class="{cssClass}" style="fill:{paint};stroke:{paint}"/>""");

        void Close()
        {
            if (area.Count == 0) return;
            for (var i = 0; i < area.Count; i++) Append(path, i == 0 ? 'M' : 'L', area[i].X, area[i].Low);
            for (var i = area.Count - 1; i >= 0; i--) Append(path, 'L', area[i].X, area[i].High);
            path.Append('Z');
            area.Clear();
        }
    }

    static StringBuilder Append(StringBuilder path, char command, double x, double y) =>
        path.Append(command).Append(Numbers.Coordinate(x)).Append(' ').Append(Numbers.Coordinate(y));
}
