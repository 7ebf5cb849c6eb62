using System.Globalization;
using System.Xml.Linq;
using TinyJepa.Samples;

namespace TinyJepa.Tests.Samples;

public sealed class LineChartTests
{
    [Fact]
    public void ToSvg_PutsValuesWhereTheTicksSay()
    {
        var svg = Parse(new LineChart("t", "x", "y", new Series("a", [0, 50, 100], [0, 10, 5])));
        var points = Points(Curves(svg).Single());

        Assert.Equal(TickX(svg, "0"), points[0].X, 1);
        Assert.Equal(TickX(svg, "100"), points[2].X, 1);
        Assert.Equal(TickY(svg, "10"), points[1].Y, 1);
        Assert.Equal(TickY(svg, "0"), points[0].Y, 1);
        Assert.True(points[1].Y < points[2].Y && points[2].Y < points[0].Y);
    }

    [Fact]
    public void ToSvg_GivesEqualDistancesToEqualFactors_WhenLogarithmic()
    {
        var svg = Parse(new LineChart("t", "x", "y", new Series("a", [1e-5, 1e-3, 1e-1])) { LogY = true });
        var points = Points(Curves(svg).Single());

        Assert.Equal(points[0].Y - points[1].Y, points[1].Y - points[2].Y, 0.2);
        Assert.Equal(TickY(svg, "10⁻⁵"), points[0].Y, 1);
        Assert.Equal(TickY(svg, "0.1"), points[2].Y, 1);
    }

    [Fact]
    public void ToSvg_BreaksTheCurve_WhenAValueIsMissing()
    {
        var curve = Curves(Parse(new LineChart("t", "x", "y", new Series("a", [1, 2, double.NaN, 3, 4, double.PositiveInfinity, 5])))).Single();

        Assert.Equal(3, curve.Count(c => c == 'M'));
        Assert.DoesNotContain("NaN", curve, StringComparison.Ordinal);
    }

    [Fact]
    public void ToSvg_StaysSmallAndKeepsTheSpikes_WhenTheSeriesIsLong()
    {
        var y = new double[100_000];
        Array.Fill(y, 1);
        y[61_234] = 100;
        y[20_100] = -100;
        var text = new LineChart("t", "x", "y", new Series("a", y)).ToSvg();
        var svg = XElement.Parse(text);
        var range = Points(Paths(svg, "raw").Single());

        Assert.True(text.Length < 40_000, $"{text.Length} characters");
        var spike = range.MinBy(p => p.Y);
        Assert.Equal(TickY(svg, "100"), spike.Y, 1);
        Assert.Equal(TickX(svg, "60k"), spike.X, 8.0);
        Assert.Equal(TickY(svg, "−100"), range.Max(p => p.Y), 1);
        Assert.True(Points(Curves(svg).Single()).Min(p => p.Y) > spike.Y + 50, "the line through the means must not jump as high");
    }

    [Fact]
    public void ToSvg_DrawsBandMarkerAndThreshold()
    {
        var svg = Parse(new LineChart("t", "x", "y", new Series("a", [1, 2, 3]) { Low = [0, 1, 2], High = [2, 3, 40] })
        {
            Markers = [(2, "teleport")],
            Thresholds = [(50, "alarm")],
        });

        Assert.Equal(TickY(svg, "40"), Points(Paths(svg, "band").Single()).Min(p => p.Y), 1);
        Assert.Equal(Points(Curves(svg).Single())[1].X, Number(Classed(svg, "event").Single(), "x1"), 1);
        Assert.Equal(TickY(svg, "50"), Number(Classed(svg, "limit").Single(), "y1"), 1);
        Assert.Contains("teleport", svg.Value, StringComparison.Ordinal);
        Assert.Contains("alarm", svg.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void ToSvg_EncodesText()
    {
        var text = new LineChart("a < b & \"c\"", "<x>", "</svg>", new Series("<script>", [1, 2]), new Series("b", [1, 2]) { Control = true }).ToSvg();

        Assert.DoesNotContain("<script>", text, StringComparison.Ordinal);
        Assert.Contains("</svg>", XElement.Parse(text).Value, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new double[0])]
    [InlineData(new[] { double.NaN })]
    [InlineData(new[] { 3.0 })]
    [InlineData(new[] { 0.0, 0.0 })]
    [InlineData(new[] { -1e300, 1e300 })]
    public void ToSvg_DrawsSomething_WhenDataAreDegenerate(double[] y)
    {
        foreach (var log in (bool[])[false, true])
        {
            var text = new LineChart("t", "x", "y", new Series("a", y)) { LogY = log }.ToSvg();
            Assert.NotNull(XElement.Parse(text));
            Assert.DoesNotContain("NaN", text, StringComparison.Ordinal);
            Assert.DoesNotContain("∞", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void ToSvg_Throws_WhenLengthsDiffer() =>
        Assert.Contains("'a'", Assert.Throws<ArgumentException>(() => new LineChart("t", "x", "y", new Series("a", [1, 2], [1])).ToSvg()).Message, StringComparison.Ordinal);

    [Fact]
    public void Scatter_ColoursByValue()
    {
        var svg = XElement.Parse(new ScatterChart("t", "x", "y", "v", [0, 1, 2], [5, 6, 7], [10, 20, 30]).ToSvg());
        var fills = svg.Descendants().Where(e => e.Name.LocalName == "circle").Select(e => e.Attribute("fill")!.Value);

        Assert.Equal([ColourMap.At(0).ToString(), ColourMap.At(0.5).ToString(), ColourMap.At(1).ToString()], fills);
    }

    [Fact]
    public void Scatter_DrawsAtMostSoManyPoints()
    {
        double[] v = [.. Enumerable.Range(0, 50_000).Select(i => (double)i)];
        var svg = XElement.Parse(new ScatterChart("t", "x", "y", "v", v, v, v).ToSvg());

        Assert.Equal(ScatterChart.MostPoints, svg.Descendants().Count(e => e.Name.LocalName == "circle"));
        Assert.Throws<ArgumentException>(() => new ScatterChart("t", "x", "y", "v", v, v, [1]).ToSvg());
    }

    static XElement Parse(LineChart chart) => XElement.Parse(chart.ToSvg());

    static IEnumerable<XElement> Classed(XElement svg, string name) => svg.Descendants().Where(e => e.Attribute("class")?.Value == name);

    static IEnumerable<string> Paths(XElement svg, string name) =>
        Classed(svg, name).Where(e => e.Name.LocalName == "path").Select(e => e.Attribute("d")!.Value);

    // The legend draws its samples relative to the pen, hence with another second command.
    static IEnumerable<string> Curves(XElement svg) => Paths(svg, "curve").Where(d => !d.EndsWith("h18", StringComparison.Ordinal));

    static List<(double X, double Y)> Points(string path) =>
        [.. path.Replace("h0", "", StringComparison.Ordinal).Split(['M', 'L', 'Z'], StringSplitOptions.RemoveEmptyEntries).Select(p => p.Split(' '))
            .Select(p => (double.Parse(p[0], CultureInfo.InvariantCulture), double.Parse(p[1], CultureInfo.InvariantCulture)))];

    static double TickX(XElement svg, string label) => Number(svg.Descendants().Last(e => e.Value == label && e.Attribute("text-anchor")?.Value == "middle"), "x");

    // The label's baseline lies four pixels below its line.
    static double TickY(XElement svg, string label) => Number(svg.Descendants().First(e => e.Value == label && e.Attribute("text-anchor")?.Value == "end"), "y") - 4;

    static double Number(XElement element, string attribute) => double.Parse(element.Attribute(attribute)!.Value, CultureInfo.InvariantCulture);
}
