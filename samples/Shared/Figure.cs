using System.Globalization;

namespace TinyJepa.Samples;

/// <summary>One measured figure with everything needed to believe it: its interval, how many trials it rests on, and what was claimed.</summary>
/// <param name="Name">A stable key such as <c>probe_rmse_px</c>; scripts read it.</param>
/// <param name="Value">The figure; NaN if it could not be measured.</param>
public sealed record Figure(string Name, double Value)
{
    /// <summary>A figure that is a word, such as the hash of the trained parameters. It takes the place of <see cref="Value"/>.</summary>
    public string? Text { get; private init; }

    /// <summary>Lower end of the 95 % interval, or NaN.</summary>
    public double Low { get; init; } = double.NaN;

    /// <summary>Upper end of the 95 % interval, or NaN.</summary>
    public double High { get; init; } = double.NaN;

    /// <summary>Trials or seeds behind the figure, if it was counted.</summary>
    public int? N { get; init; }

    /// <summary>What the published source claims, if it claims anything.</summary>
    public double? Claim { get; init; }

    /// <summary>A word, such as a hash.</summary>
    /// <param name="name">The key.</param>
    /// <param name="text">The word.</param>
    public static Figure Word(string name, string text) => new(name, double.NaN) { Text = text };

    /// <summary>A mean over seeds or clips, with its 95 % interval (Student's t).</summary>
    /// <param name="name">The key.</param>
    /// <param name="values">[n], independent.</param>
    /// <param name="claim">The published figure.</param>
    public static Figure MeanOf(string name, ReadOnlySpan<double> values, double? claim = null) =>
        Of(name, Statistics.MeanInterval(values), values.Length, claim);

    /// <summary>A success rate, with its Wilson 95 % interval.</summary>
    /// <param name="name">The key.</param>
    /// <param name="successes">k of n.</param>
    /// <param name="trials">n.</param>
    /// <param name="claim">The published rate, 0 … 1.</param>
    public static Figure Rate(string name, int successes, int trials, double? claim = null) =>
        Of(name, Statistics.Wilson(successes, trials), trials, claim);

    /// <summary>For example <c>0.512 (95 %: 0.47–0.55, n = 5)</c>.</summary>
    public override string ToString()
    {
        var value = Text ?? Numbers.Short(Value);
        string[] details =
        [
            .. double.IsFinite(Low) && double.IsFinite(High) ? [$"95 %: {Numbers.Short(Low)}–{Numbers.Short(High)}"] : Array.Empty<string>(),
            .. N is { } n ? ["n = " + n.ToString(CultureInfo.InvariantCulture)] : Array.Empty<string>(),
        ];
        return details.Length == 0 ? value : $"{value} ({string.Join(", ", details)})";
    }

    static Figure Of(string name, Interval interval, int n, double? claim) =>
        new(name, interval.Value) { Low = interval.Low, High = interval.High, N = n, Claim = claim };
}
