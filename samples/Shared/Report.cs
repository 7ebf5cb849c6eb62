using System.Net;
using System.Text;

namespace TinyJepa.Samples;

/// <summary>
/// Builds one HTML page that needs nothing else: no network, no script, no font, so it can be mailed, archived and opened in ten years.
/// Every text is encoded; only a chart's SVG and the bytes of images go in as they are.
/// </summary>
public sealed class Report
{
    readonly string _title;
    readonly StringBuilder _body = new();
    bool _inSection, _inFigures;

    /// <summary>Starts a page.</summary>
    /// <param name="title">The heading.</param>
    /// <param name="lead">One or two sentences with the whole result.</param>
    public Report(string title, string lead)
    {
        _title = title;
        _body.Append($"<header><h1>{Encode(title)}</h1><p class=\"lead\">{Encode(lead)}</p></header>\n");
    }

    /// <summary>The few numbers that matter, large.</summary>
    /// <param name="facts">A value such as "0.31 px" and what it is.</param>
    public Report Highlights(params IReadOnlyList<(string Value, string Meaning)> facts)
    {
        ArgumentNullException.ThrowIfNull(facts);
        EndFigures();
        _body.Append("<dl class=\"facts\">");
        foreach (var (value, meaning) in facts)
            _body.Append($"<div><dd>{Encode(value)}</dd><dt>{Encode(meaning)}</dt></div>");
        _body.Append("</dl>\n");
        return this;
    }

    /// <summary>Starts a section.</summary>
    /// <param name="heading">Its heading.</param>
    public Report Section(string heading)
    {
        EndSection();
        _body.Append($"<section><h2>{Encode(heading)}</h2>\n");
        _inSection = true;
        return this;
    }

    /// <summary>A paragraph.</summary>
    /// <param name="text">Plain text.</param>
    public Report Text(string text)
    {
        EndFigures();
        _body.Append($"<p>{Encode(text)}</p>\n");
        return this;
    }

    /// <summary>A line chart. Figures in succession stand side by side where there is room.</summary>
    /// <param name="chart">The chart.</param>
    /// <param name="caption">What to see in it.</param>
    public Report Figure(LineChart chart, string caption) => Figure(chart.ToSvg(), caption, chart.Width);

    /// <summary>A scatter chart.</summary>
    /// <param name="chart">The chart.</param>
    /// <param name="caption">What to see in it.</param>
    public Report Figure(ScatterChart chart, string caption) => Figure(chart.ToSvg(), caption, chart.Width);

    /// <summary>A picture or animation of a world, shown with hard pixel edges.</summary>
    /// <param name="image">A whole PNG or GIF file.</param>
    /// <param name="caption">What to see in it; also what a screen reader says.</param>
    /// <param name="wide">Whether it takes a row of its own.</param>
    public Report Image(ReadOnlySpan<byte> image, string caption, bool wide = false)
    {
        var kind = image.StartsWith("GIF8"u8) ? "gif" : image.Length > 4 && image[1..].StartsWith("PNG"u8) ? "png"
            : throw new ArgumentException("The bytes are neither a PNG nor a GIF file.", nameof(image));
        return Figure($"<img src=\"data:image/{kind};base64,{Convert.ToBase64String(image)}\" alt=\"{Encode(caption)}\">", caption, wide ? Wide : 0);
    }

    /// <summary>A table; it scrolls on its own when the screen is narrow.</summary>
    /// <param name="header">The names of the columns.</param>
    /// <param name="rows">Every row as long as the header.</param>
    /// <param name="caption">What to see in it.</param>
    public Report Table(IReadOnlyList<string> header, IEnumerable<IReadOnlyList<string>> rows, string? caption = null)
    {
        ArgumentNullException.ThrowIfNull(header);
        ArgumentNullException.ThrowIfNull(rows);
        EndFigures();
        _body.Append("<div class=\"table\"><table>");
        if (caption is not null) _body.Append($"<caption>{Encode(caption)}</caption>");
        _body.Append("<thead><tr>");
        foreach (var name in header) _body.Append($"<th scope=\"col\">{Encode(name)}</th>");
        _body.Append("</tr></thead><tbody>");
        foreach (var row in rows)
        {
            if (row.Count != header.Count) throw new ArgumentException($"The table has {header.Count} columns, a row has {row.Count} cells.", nameof(rows));
            _body.Append("<tr>");
            foreach (var cell in row) _body.Append($"<td>{Encode(cell)}</td>");
            _body.Append("</tr>");
        }

        _body.Append("</tbody></table></div>\n");
        return this;
    }

    /// <summary>The page so far.</summary>
    /// <returns>A complete HTML document.</returns>
    public string ToHtml()
    {
        var open = (_inFigures ? "</div>\n" : "") + (_inSection ? "</section>\n" : "");
        return $"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>{Encode(_title)}</title>
            <style>
            {ReportStyle.Css}
            </style>
            </head>
            <body>
            <main>
            {_body}{open}</main>
            </body>
            </html>

            """;
    }

    /// <summary>Writes the page; an existing one is replaced only by a complete new one.</summary>
    /// <param name="path">The HTML file. Missing folders are made.</param>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public void Write(string path) => OutputFolder.Write(path, Encoding.UTF8.GetBytes(ToHtml()));

    // Wider figures than this take a row of their own.
    const int Wide = 700;

    Report Figure(string content, string caption, int width)
    {
        if (!_inFigures) _body.Append("<div class=\"figures\">\n");
        _inFigures = true;
        _body.Append($"<figure{(width >= Wide ? " class=\"wide\"" : "")}><div class=\"scroll\">{content}</div><figcaption>{Encode(caption)}</figcaption></figure>\n");
        return this;
    }

    void EndFigures()
    {
        if (_inFigures) _body.Append("</div>\n");
        _inFigures = false;
    }

    void EndSection()
    {
        EndFigures();
        if (_inSection) _body.Append("</section>\n");
        _inSection = false;
    }

    static string Encode(string text) => WebUtility.HtmlEncode(text);
}
