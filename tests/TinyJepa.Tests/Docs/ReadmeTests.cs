using System.Globalization;
using System.Text.Json;

namespace TinyJepa.Tests.Docs;

/// <summary>The README says what is true: its example is code that runs, its figures are what a run wrote.</summary>
public class ReadmeTests
{
    static readonly (string Key, string Meaning, string Format, string Claim)[] s_rows =
    [
        ("probe_rmse_px", "position read off the latent by least squares, error in pixels", "0.000", "0.733 (0.512 by least squares)"),
        ("forecast_mse_1", "pixel error 1 step ahead", "0.00000", "0.0005"),
        ("forecast_mse_30", "pixel error 30 steps ahead", "0.0000", "0.028 on one clip, about 0.04 on many"),
        ("surprise_peak_over_baseline", "surprise at an injected jump over its usual level", "0", "88"),
        ("surprise_frame_accuracy", "jumps found at their very frame, share", "0.000", "0.94 on many clips"),
        ("surprise_auroc", "jump against ordinary frames, AUROC", "0.00000", "–"),
        ("false_alarms_per_clip", "false alarms per quiet clip", "0.000", "1.17"),
        ("embedding_std", "spread of the embedding", "0.00", "2.4–3.0"),
        ("train_seconds", "seconds of training, decoder included, two cores", "0.0", "about 10, 21–25 measured"),
    ];

    [Fact]
    public void Example_IsTheCodeThatRuns()
    {
        var source = Repository.Between(Repository.Read("tests", "TinyJepa.Tests", "Docs", "ReadmeExample.cs"), "// <example>\n", "        // </example>");
        var code = string.Join('\n', source.TrimEnd('\n').Split('\n').Select(line => line.Length > 8 ? line[8..] : line.Trim()));
        var shown = Repository.Between(Repository.Read("README.md"), "<!-- example -->\n```csharp\n", "\n```\n<!-- /example -->");
        Assert.Equal(code, shown);
    }

    [Fact]
    public void Example_LearnsToPredict() => Assert.InRange(ReadmeExample.Run(), 0f, 0.02f);

    [Fact]
    public void Figures_AreThoseOfTheCommittedRun()
    {
        var best = JsonDocument.Parse(Repository.Read("samples", "DvdLogo", "results", "best.json")).RootElement.GetProperty("figures");
        var published = JsonDocument.Parse(Repository.Read("samples", "DvdLogo", "results", "published.json")).RootElement.GetProperty("figures");
        var table = "\n| | published claim | published recipe here | best recipe |\n|---|--:|--:|--:|\n" +
            string.Concat(s_rows.Select(row => $"| {row.Meaning} | {row.Claim} | {Show(published, row)} | **{Show(best, row)}** |\n"));
        Assert.Equal(table, Repository.Between(Repository.Read("README.md"), "<!-- figures -->", "<!-- /figures -->"));
    }

    static string Show(JsonElement figures, (string Key, string Meaning, string Format, string Claim) row)
    {
        var figure = figures.GetProperty(row.Key);
        string Number(string name) => figure.GetProperty(name).GetDouble().ToString(row.Format, CultureInfo.InvariantCulture);
        return $"{Number("value")} [{Number("low")}–{Number("high")}]";
    }
}
