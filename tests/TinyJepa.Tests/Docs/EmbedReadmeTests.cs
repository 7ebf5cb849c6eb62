using System.Globalization;
using System.Text.Json;

namespace TinyJepa.Tests.Docs;

/// <summary>What the README says about embedding is what samples/Embed/measure.sh wrote, and what the soak runs wrote.</summary>
public sealed class EmbedReadmeTests
{
    [Fact]
    public void EmbedsFigures_AreThoseOfTheCommittedRun()
    {
        using var json = JsonDocument.Parse(Repository.Read("samples", "Embed", "results", "linux-x64.json"));
        double Number(string name) => json.RootElement.GetProperty(name).GetDouble();
        string Megabytes(string name) => (Number(name) / 1e6).ToString("0.0", CultureInfo.InvariantCulture);
        var table = $"""

            | | this program | libtorch |
            |---|--:|--:|
            | on disk | **{Megabytes("file_bytes")} MB**, one file | 524.2 MB: `libtorch_cpu.so` alone |
            | start to first prediction, median of {Number("starts")} | {Number("start_ms_median"):0} ms ({Number("start_processor_ms"):0} ms of processor time) | – |
            | a prediction of 120 frames, warm, JSON to JSON | {Number("predict_us"):0} µs | – |
            | requests a second, {Number("clients")} clients | {Number("requests_per_second"):0} | – |
            | memory (RSS) after the first response | {Megabytes("rss_after_first_answer_bytes")} MB | – |
            | memory after {Number("requests"):0} requests | {Megabytes("rss_after_load_bytes")} MB | – |

            """.ReplaceLineEndings("\n");
        Repository.AssertReadme("embed-figures", table);
        Assert.True(Number("file_bytes") <= 15e6, "The published file is limited to 15 MB.");
        Assert.Equal(0, Number("wrong_answers"));
    }

    [Theory]
    [InlineData("train", "steps", 1_000_000)]
    [InlineData("serve", "requests", 100_000)]
    public void Soak_LeftMemoryAsItWas(string run, string unit, int least)
    {
        using var json = JsonDocument.Parse(Repository.Read("tests", "TinyJepa.Soak", "results", $"{run}.json"));
        double Number(string name) => json.RootElement.GetProperty(name).GetDouble();
        Assert.True(Number(unit) >= least, $"The committed run had {Number(unit)} {unit}.");
        Assert.Equal(0, Number("errors"));
        Assert.True(Number("drift_percent") < 1, $"Memory drifted by {Number("drift_percent")} %.");
        var drift = Number("drift_percent").ToString("+0.00;−0.00", CultureInfo.InvariantCulture);
        Assert.Contains($"{drift} %", Repository.Between(Repository.Read("README.md"), "<!-- soak -->", "<!-- /soak -->"), StringComparison.Ordinal);
    }
}
