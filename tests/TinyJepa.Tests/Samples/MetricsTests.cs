using System.Text.Json;
using TinyJepa.Samples;

namespace TinyJepa.Tests.Samples;

public sealed class MetricsTests
{
    [Fact]
    public void ToJson_HasTheAgreedShape()
    {
        var metrics = new Metrics("dvd-logo", "published", 7)
            .Add(new Figure("probe_rmse_px", 0.5) { Claim = 0.733 })
            .Add(Figure.Rate("found", 0, 10, 1))
            .Add(Figure.Word("parameter_hash", "a1b2"))
            .Add(new Figure("broken", double.NaN) { Low = double.NegativeInfinity });
        var json = JsonDocument.Parse(metrics.ToJson()).RootElement;

        Assert.Equal(["sample", "recipe", "seed", "figures"], json.EnumerateObject().Select(p => p.Name));
        Assert.Equal(("dvd-logo", "published", 7), (json.GetProperty("sample").GetString(), json.GetProperty("recipe").GetString(), json.GetProperty("seed").GetInt64()));
        var figures = json.GetProperty("figures");
        Assert.Equal(["probe_rmse_px", "found", "parameter_hash", "broken"], figures.EnumerateObject().Select(p => p.Name));
        Assert.All(figures.EnumerateObject(), f => Assert.Equal(["value", "low", "high", "n", "claim"], f.Value.EnumerateObject().Select(p => p.Name)));

        Assert.Equal("""{"value":0.5,"low":null,"high":null,"n":null,"claim":0.733}""", Compact("probe_rmse_px"));
        Assert.Equal("""{"value":"a1b2","low":null,"high":null,"n":null,"claim":null}""", Compact("parameter_hash"));
        Assert.Equal("""{"value":null,"low":null,"high":null,"n":null,"claim":null}""", Compact("broken"));
        Assert.Equal((0, 0, 10, 1), (Number("value"), Number("low"), Number("n"), Number("claim")));
        Assert.Equal(0.2775, Number("high"), 4);

        string Compact(string name) => JsonSerializer.Serialize(figures.GetProperty(name));
        double Number(string name) => figures.GetProperty("found").GetProperty(name).GetDouble();
    }

    [Fact]
    public void Write_WritesTheSameBytes()
    {
        var folder = Directory.CreateTempSubdirectory("tinyjepa-");
        try
        {
            var metrics = new Metrics("s", "r", 0).Add(new Figure("a", 1.0 / 3));
            var path = Path.Combine(folder.FullName, "metrics.json");
            metrics.Write(path);

            Assert.Equal(metrics.ToJson(), File.ReadAllBytes(path));
            Assert.DoesNotContain((byte)'\r', File.ReadAllBytes(path));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Add_Throws_WhenTheNameIsTaken() =>
        Assert.Throws<ArgumentException>(() => new Metrics("s", "r", 0).Add(new Figure("a", 1)).Add(new Figure("a", 2)));

    [Fact]
    public void Figure_ReadsWell()
    {
        Assert.Equal("0.733", new Figure("a", 0.73312).ToString());
        Assert.Equal("0.9 (95 %: 0.596–0.982, n = 10)", Figure.Rate("a", 9, 10).ToString());
        Assert.Equal("5 (n = 1)", Figure.MeanOf("a", [5]).ToString());
        Assert.Equal("f00d", Figure.Word("a", "f00d").ToString());
    }
}
