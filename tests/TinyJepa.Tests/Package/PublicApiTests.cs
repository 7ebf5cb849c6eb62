using TinyJepa.Tests.Docs;

namespace TinyJepa.Tests.Package;

/// <summary>The public API changes on purpose or not at all: it is committed as text.</summary>
public sealed class PublicApiTests
{
    const string Refresh = "TINYJEPA_UPDATE_API";

    [Fact]
    public void PublicApi_IsTheCommittedOne()
    {
        var file = Repository.PathTo("tests", "TinyJepa.Tests", "Package", "PublicApi.txt");
        var now = PublicApi.Of(typeof(Tensor).Assembly);
        if (Environment.GetEnvironmentVariable(Refresh) == "1") File.WriteAllText(file, now);
        var (committed, built) = (Repository.Read("tests", "TinyJepa.Tests", "Package", "PublicApi.txt").Split('\n'), now.Split('\n'));
        var changes = committed.Except(built).Select(line => $"- {line}").Concat(built.Except(committed).Select(line => $"+ {line}")).ToList();
        Assert.True(changes.Count == 0,
            $"The public API has changed. If that was wanted, run once with {Refresh}=1, look at the difference of PublicApi.txt and commit it with the reason:\n{string.Join('\n', changes)}");
        Assert.Equal(committed, built);
    }

    [Fact]
    public void PublicApi_ShowsEveryKindOfMember()
    {
        var lines = PublicApi.Of(typeof(Tensor).Assembly).Split('\n').ToHashSet();
        Assert.Contains("TinyJepa.SiluOp.Silu(this Tensor x) : static Tensor", lines);
        Assert.Contains("TinyJepa.Nn.Linear.Forward(Tensor x) : override Tensor", lines);
        Assert.Contains("TinyJepa.IO.TensorFormat.Torch = 1", lines);
        Assert.Contains("TinyJepa.IO.LoadOptions.Strict : bool { get; init; }", lines);
        Assert.Contains("TinyJepa.Analysis.Pca : sealed class", lines);
        Assert.Contains("TinyJepa.IO.StateDict.Load(string path, LoadOptions options, params ReadOnlySpan<Parameters> sets) : static LoadReport", lines);
    }
}
