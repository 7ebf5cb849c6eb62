using System.Text.RegularExpressions;
using TinyJepa.Samples;

namespace TinyJepa.Tests.Samples;

public sealed partial class ReportTests
{
    [Fact]
    public void ToHtml_LoadsNothing()
    {
        var html = Full().ToHtml();

        Assert.DoesNotMatch(Reference(), html);
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("@import", html, StringComparison.Ordinal);
        Assert.Equal(2, Regex.Count(html, "src=\"data:image/(png|gif);base64,"));
        Assert.Contains("prefers-color-scheme: dark", html, StringComparison.Ordinal);
        Assert.Contains("name=\"viewport\"", html, StringComparison.Ordinal);
    }

    [Fact]
    public void ToHtml_EncodesEveryText()
    {
        const string evil = "<i>\"&'";
        var html = new Report(evil, evil).Highlights((evil, evil)).Section(evil).Text(evil)
            .Figure(new LineChart(evil, evil, evil, new Series(evil, [1, 2]), new Series(evil, [1, 2]) { Control = true }) { Markers = [(1, evil)], Thresholds = [(1, evil)] }, evil)
            .Figure(new ScatterChart(evil, evil, evil, evil, [1], [1], [1]), evil)
            .Image(new Picture(1, 1).ToPng(), evil).Table([evil], [[evil]], evil).ToHtml();

        Assert.DoesNotContain("<i>", html, StringComparison.Ordinal);
        // title, h1, lead, 2 of the highlight, h2, text, 11 of the line chart, 6 of the scatter chart, 2 of the image, 3 of the table
        Assert.Equal(29, Regex.Count(html, "&lt;i&gt;&quot;&amp;&#39;"));
    }

    [Fact]
    public void ToHtml_ClosesWhatItOpens()
    {
        var html = Full().ToHtml();
        foreach (var tag in (string[])["section", "div", "figure", "table", "main", "body", "html", "svg", "p", "dl"])
            Assert.Equal((tag, Regex.Count(html, $"<{tag}[ >]")), (tag, Regex.Count(html, $"</{tag}>")));

        Assert.Equal(html, Full().ToHtml());
    }

    [Fact]
    public void Table_Throws_WhenARowIsTooShort() =>
        Assert.Throws<ArgumentException>(() => new Report("t", "l").Table(["a", "b"], [["1"]]));

    [Fact]
    public void Image_Throws_WhenItIsNone() => Assert.Throws<ArgumentException>(() => new Report("t", "l").Image("nonsense"u8, "c"));

    [Fact]
    public void ClaimTable_ShowsItsRowsInTheReport()
    {
        var report = new Report("t", "l");
        new ClaimTable().Add("0.73 px", "0.74", "0.31", "raw pixels 0.35").AddTo(report, "caption");

        Assert.Contains("<th scope=\"col\">best recipe</th>", report.ToHtml(), StringComparison.Ordinal);
        Assert.Contains("<td>raw pixels 0.35</td>", report.ToHtml(), StringComparison.Ordinal);
    }

    static Report Full() => new Report("Title", "Lead.").Highlights(("1", "one")).Section("A").Text("text")
        .Figure(new LineChart("t", "x", "y", new Series("a", [1, 2])), "c").Figure(new ScatterChart("t", "x", "y", "v", [1], [1], [1]), "c")
        .Image(new Picture(2, 2).ToPng(), "c").Image(Gif.Encode([new Picture(2, 2)], 40), "c", wide: true)
        .Section("B").Table(["a"], [["1"], ["2"]]).Section("C").Figure(new LineChart("t", "x", "y", new Series("a", [1, 2])) { Width = 1000 }, "c");

    // Anything that a browser would fetch; the name of SVG's namespace is only a name.
    [GeneratedRegex("""(src|href)\s*=\s*"(?!data:)|url\(|//(?!www\.w3\.org/2000/svg)[a-z]""", RegexOptions.IgnoreCase)]
    private static partial Regex Reference();
}
