using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace TinyJepa.Tests.Docs;

/// <summary>The first sample, run as a reader runs it: the README shows what it prints, to the last digit, on every machine.</summary>
public sealed partial class PureJepaTests
{
    [Fact]
    public void Output_IsTheReadmes_AndBeatsEveryControl()
    {
        if (Machine.IsSlow) return;                                  // 2,000 steps; the same managed code, only a hundred times slower
        var output = Run();

        var rows = Rows().Matches(output).Select(row => (Name: row.Groups[1].Value.Trim(), Model: Number(row, 2), Control: Number(row, 3))).ToArray();
        Assert.Equal(4, rows.Length);
        Assert.Equal(0.5402, rows[0].Model);                         // the probe, in pixels
        Assert.True(rows[0].Model < 0.6 * rows[0].Control, $"The latent must give the position more exactly than an untrained encoder's:\n{output}");
        Assert.All(rows[2..], row => Assert.True(row.Model < 0.25 * row.Control, $"{row.Name}: the dream must follow the logo:\n{output}"));

        Repository.AssertReadme("pure-jepa", $"\n```\n{output}```\n");
    }

    static double Number(Match row, int group) => double.Parse(row.Groups[group].Value, CultureInfo.InvariantCulture);

    static string Run()
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "PureJepa.dll")]) { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd().ReplaceLineEndings("\n");
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output;
    }

    [GeneratedRegex(@"^(.+\(control: .+\))\s+(\d+\.\d{4})\s+(\d+\.\d{4})$", RegexOptions.Multiline)]
    private static partial Regex Rows();
}
