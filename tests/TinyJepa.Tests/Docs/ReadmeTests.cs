using System.Globalization;
using System.Text.Json;

namespace TinyJepa.Tests.Docs;

/// <summary>The README says what is true: its example is code that runs, its figures are what a run wrote.</summary>
public class ReadmeTests
{
    static readonly (string Key, string Meaning, string Format, string Claim)[] s_ball =
    [
        ("position_r2", "height read off the latent by least squares, R²", "0.000", "0.99"),
        ("velocity_r2", "velocity, R²", "0.000", "about 0.6"),
        ("velocity_r2_without_action", "velocity when its sign is not an input, R²", "0.000", "–"),
        ("single_frame_position_r2", "a single frame: height, R²", "0.000", "0.99"),
        ("single_frame_velocity_r2", "a single frame: velocity, R²", "0.000", "0.00"),
        ("smallest_std", "the narrowest of 16 dimensions, standard deviation", "0.00", "“all over the place”"),
        ("largest_std", "the widest of them", "0.00", "–"),
        ("effective_rank", "effective rank of 16", "0.0", "–"),
        ("train_seconds", "seconds of training, two cores", "0.0", "–"),
        ("processor_seconds", "seconds of processor time in them", "0.0", "–"),
    ];

    static readonly (string Key, string Meaning, string Format, string Claim)[] s_dvd =
    [
        ("probe_rmse_px", "position read off the latent by least squares, error in pixels", "0.000", "0.733 (0.512 by least squares)"),
        ("forecast_mse_1", "pixel error 1 step ahead", "0.00000", "0.0005"),
        ("forecast_mse_30", "pixel error 30 steps ahead", "0.0000", "0.028 on one clip, about 0.04 on many"),
        ("surprise_peak_over_baseline", "surprise at an injected jump over its usual level", "0", "88"),
        ("surprise_frame_accuracy", "jumps found at the exact frame, fraction", "0.000", "0.94 on many clips"),
        ("surprise_auroc", "jump against ordinary frames, AUROC", "0.00000", "–"),
        ("false_alarms_per_clip", "false alarms per quiet clip", "0.000", "1.17"),
        ("embedding_std", "standard deviation of the embedding", "0.00", "2.4–3.0"),
        ("train_seconds", "seconds of training, decoder included, two cores", "0.0", "about 10, 21–25 measured"),
    ];

    [Fact]
    public void Example_IsTheCodeThatRuns()
    {
        var source = Repository.Read("tests", "TinyJepa.Tests", "Docs", "ReadmeExample.cs");
        var example = Repository.Between(source, "// <example>\n", "        // </example>");
        var code = string.Join('\n', example.TrimEnd('\n').Split('\n').Select(line => line.Length > 8 ? line[8..] : line.Trim()));
        var shown = Repository.Between(Repository.Read("README.md"), "<!-- example -->\n```csharp\n", "\n```\n<!-- /example -->");
        Assert.Equal($"{string.Join('\n', source.Split('\n').TakeWhile(line => line.StartsWith("using ", StringComparison.Ordinal)))}\n\n{code}", shown);
    }

    [Fact]
    public void Example_LearnsToPredict() => Assert.InRange(ReadmeExample.Run(), 0f, 0.02f);

    [Fact]
    public void LogosFigures_AreThoseOfTheCommittedRun() => AssertFigures("DvdLogo", "figures", s_dvd);

    [Fact]
    public void BallsFigures_AreThoseOfTheCommittedRun() => AssertFigures("BouncingBall", "ball-figures", s_ball);

    [Fact]
    public void CrashFigures_AreThoseOfTheCommittedCampaigns()
    {
        var campaigns = Results("TinyJepa.Crash");
        string Count(string name) => campaigns.Sum(campaign => campaign.GetProperty(name).GetInt32()).ToString("N0", CultureInfo.InvariantCulture);
        Assert.Equal(("0", "0", Count("runs")), (Count("torn_files"), Count("broken_promises"), Count("equal_hashes")));
        Repository.AssertReadme("crash",
            $"\nof {Count("kills")} kills, {Count("kills_while_writing")} hit a file that was being written; none left a torn one, and all {Count("runs")} runs ended in the bits of the run that was not killed.\n");
    }

    [Fact]
    public void FuzzFigures_AreThoseOfTheCommittedRuns()
    {
        var runs = Results("TinyJepa.Fuzz");
        double Of(JsonElement run, string name) => run.GetProperty(name).GetDouble();
        Assert.All(runs, run => Assert.Equal(0, Of(run, "broken_promises")));
        Repository.AssertReadme("fuzz",
            string.Create(CultureInfo.InvariantCulture, $"\nof {runs.Sum(run => Of(run, "inputs")):N0} inputs none crashed a reader, hung it (the longest took {runs.Max(run => Of(run, "longest_ms")) / 1000:F2} s) or made it allocate more than {runs.Max(run => Of(run, "most_memory_beyond_file_size")) / 1024:F0} KB beyond the file's size before it was validated.\n"));
    }

    /// <summary>What the committed runs of a test program wrote.</summary>
    static List<JsonElement> Results(string program) =>
        [.. Directory.EnumerateFiles(Repository.PathTo("tests", program, "results"), "*.json").Select(file => JsonDocument.Parse(File.ReadAllText(file)).RootElement)];

    static void AssertFigures(string sample, string mark, (string Key, string Meaning, string Format, string Claim)[] rows)
    {
        JsonElement Figures(string recipe) => JsonDocument.Parse(Repository.Read("samples", sample, "results", $"{recipe}.json")).RootElement.GetProperty("figures");
        var (best, published) = (Figures("best"), Figures("published"));
        var table = "\n| | published claim | published recipe here | best recipe |\n|---|--:|--:|--:|\n" +
            string.Concat(rows.Select(row => $"| {row.Meaning} | {row.Claim} | {Show(published, row)} | **{Show(best, row)}** |\n"));
        Repository.AssertReadme(mark, table);
    }

    static string Show(JsonElement figures, (string Key, string Meaning, string Format, string Claim) row)
    {
        var figure = figures.GetProperty(row.Key);
        string Number(string name) => figure.GetProperty(name).GetDouble().ToString(row.Format, CultureInfo.InvariantCulture);
        return $"{Number("value")} [{Number("low")}–{Number("high")}]";
    }
}
