using System.Text.Json;
using Spectre.Console;
using TinyJepa.IO;
using TinyJepa.Samples.Inspect;
using TinyJepa.Tests.IO;

namespace TinyJepa.Tests.Samples;

public sealed class InspectTests
{
    [Fact]
    public void Json_NamesEveryTensorAndValue()
    {
        using var file = TensorFile.Open(Fixture.File("files/checkpoint.pt"));
        using var text = new StringWriter();
        Listing.Of(file).PrintJson(text);
        using var json = JsonDocument.Parse(text.ToString());
        Assert.Equal("Torch", json.RootElement.GetProperty("format").GetString());
        var tensors = json.RootElement.GetProperty("tensors").EnumerateArray().ToList();
        Assert.Equal(file.Tensors.Select(tensor => tensor.Name), tensors.Select(tensor => tensor.GetProperty("name").GetString()!));
        Assert.Equal([4, 3], tensors[0].GetProperty("shape").EnumerateArray().Select(size => size.GetInt32()));
        Assert.Equal(3, json.RootElement.GetProperty("values").GetProperty("epoch").GetInt32());
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("values").GetProperty("best").ValueKind);
    }

    [Theory]
    [InlineData("views.pt", "every.second")]
    [InlineData("compressed.npz", "second/deep")]
    [InlineData("big_f8.npy", "big_f8")]
    public void Table_ShowsNamesTypesAndShapes(string name, string tensor)
    {
        using var file = TensorFile.Open(Fixture.File($"files/{name}"));
        using var text = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(text) });
        console.Profile.Width = 200;
        Listing.Of(file).Print(console);
        Assert.Contains($"{file.Tensors.Count} tensors", text.ToString(), StringComparison.Ordinal);
        Assert.Contains(text.ToString().Split('\n'), line => line.Contains($"{tensor} ", StringComparison.Ordinal) && line.Contains($"{file[tensor].Shape}", StringComparison.Ordinal));
    }

    [Fact]
    public void Figures_AreOfTheFiniteNumbers()
    {
        Assert.Equal(new Figures(-1f, 1, Math.Sqrt(8 / 3.0), 3f, 2, 1), Figures.Of([-1f, float.NaN, 3f, 1f, float.PositiveInfinity, float.NaN]));
        var none = Figures.Of([float.NaN]);
        Assert.True(float.IsNaN(none.Smallest) && double.IsNaN(none.Mean) && none.NaN == 1);
        Assert.Equal(0, Figures.Of([]).NaN);
    }
}
