using System.Globalization;
using System.Net;
using System.Text;

namespace TinyJepa.Samples;

/// <summary>What every chart has in common: size, typography, grid, axes. A chart is one SVG element without outside references.</summary>
internal sealed class Chart
{
    // Colours come from the page's variables where it has them, so a chart follows the reader's light or dark theme.
    const string Style = """
        <style>.chart{font:500 12.5px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;font-variant-numeric:tabular-nums}
        .chart text{fill:var(--muted,#6b7280)}.chart .title{fill:var(--ink,#16191d);font-weight:600;font-size:15px}.chart .name{fill:var(--ink,#16191d)}
        .chart .grid{stroke:var(--line,#e5e7eb);stroke-width:1}.chart .base{stroke:var(--muted,#6b7280);stroke-opacity:.55;stroke-width:1}
        .chart .curve{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}.chart .raw{fill-opacity:.22;stroke-width:.7;stroke-opacity:.35}
        .chart .control{stroke-dasharray:1 5;stroke-width:2.4}.chart .band{stroke-opacity:0;fill-opacity:.16}
        .chart .event{stroke:var(--muted,#6b7280);stroke-width:1}.chart .limit{stroke:var(--alarm,#c2333d);stroke-width:1.2;stroke-dasharray:6 4}
        .chart .note{paint-order:stroke;stroke:var(--card,#fff);stroke-width:4px;stroke-linejoin:round}.chart .limit-note{fill:var(--alarm,#c2333d)}
        .chart circle{stroke:var(--ink,#16191d);stroke-opacity:.35;stroke-width:.7}</style>
        """;

    static readonly string[] s_colours = ["#2f66d0", "#d2601a", "#12886a", "#9343b5", "#bf3458", "#7d7412"];

    readonly StringBuilder _svg = new();
    readonly int _width, _height;

    internal Chart(int width, int height, string title)
    {
        (_width, _height) = (width, height);
        Add($"""<svg class="chart" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-label="{Encode(title)}">""");
        _svg.Append(Style);
        Text(0, 15, title, "title");
    }

    /// <summary>The rectangle of the data; the margins hold labels.</summary>
    internal double Left { get; private set; }

    internal double Top { get; set; } = 36;

    internal double Right { get; private set; }

    internal double Bottom => _height - 44;

    /// <summary>Column i of the palette, as CSS: the page's variable, or a colour for a chart that stands alone.</summary>
    internal static string Colour(int index) =>
        $"var(--series-{index % s_colours.Length + 1},{s_colours[index % s_colours.Length]})";

    internal const string ControlColour = "var(--muted,#6b7280)";

    /// <summary>The width a text needs, near enough for system fonts of 12.5 pixels, which cannot be measured here.</summary>
    internal static double TextWidth(string text) => text.Length * 7;

    internal static string Encode(string text) => WebUtility.HtmlEncode(text);

    internal void Add(FormattableString markup) => _svg.Append(markup.ToString(CultureInfo.InvariantCulture));

    internal void Text(double x, double y, string text, string? cssClass = null, string anchor = "start") =>
        Add($"""<text x="{x:0.#}" y="{y:0.#}" class="{cssClass}" text-anchor="{anchor}">{Encode(text)}</text>""");

    internal void Line(double x1, double y1, double x2, double y2, string cssClass) =>
        Add($"""<line x1="{x1:0.#}" y1="{y1:0.#}" x2="{x2:0.#}" y2="{y2:0.#}" class="{cssClass}"/>""");

    /// <summary>Lays out the vertical axis first, because the width of its labels decides where the data begin.</summary>
    internal (Axis X, Axis Y) Axes(
        (IEnumerable<double> Values, string Name, double Padding) x,
        (IEnumerable<double> Values, string Name, double Padding, bool Log) y,
        double rightMargin = 20)
    {
        if (y.Name.Length > 0)
        {
            Text(0, Top + 4, y.Name);
            Top += 18;
        }

        var vertical = new Axis(y.Values, Bottom, Top, y.Log, y.Padding);
        var ticks = vertical.Ticks((int)((Bottom - Top) / 44));
        Left = 12 + ticks.Select(t => TextWidth(t.Label)).DefaultIfEmpty(0).Max();
        Right = _width - rightMargin;
        foreach (var (value, label) in ticks)
        {
            Line(Left, vertical.At(value), Right, vertical.At(value), "grid");
            Text(Left - 8, vertical.At(value) + 4, label, anchor: "end");
        }

        var horizontal = new Axis(x.Values, Left, Right, padding: x.Padding);
        Line(Left, Bottom, Right, Bottom, "base");
        foreach (var (value, label) in horizontal.Ticks((int)((Right - Left) / 76)))
        {
            Line(horizontal.At(value), Bottom, horizontal.At(value), Bottom + 4, "base");
            Text(horizontal.At(value), Bottom + 18, label, anchor: "middle");
        }

        Text((Left + Right) / 2, _height - 6, x.Name, anchor: "middle");
        return (horizontal, vertical);
    }

    internal string Finish() => _svg.Append("</svg>").ToString();
}
