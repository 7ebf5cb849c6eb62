using System.Diagnostics;
using System.Globalization;
using System.Text;
using TinyJepa.Bench.Rows;
using TinyJepa.Kernels;

namespace TinyJepa.Bench;

/// <summary>
/// One side of the paired comparison, turn by turn: <c>use ROW</c> prepares and warms up, <c>go N</c> repeats N times and says the time of
/// one, <c>check</c> says what the row computes, <c>about</c> who we are. Every answer is one line of JSON; `peers/torch_peer.py` speaks the same.
/// </summary>
static class Peer
{
    const int Probes = 97;                                                // numbers of a result that are shown, evenly spaced
    const double WarmSeconds = 0.25;                                      // until the JIT has settled and every buffer is found

    internal static int Run(string[] args) => Serve("peer", args, Catalogue.Make, About);

    /// <summary>Answers the lines of standard input for the rows that <paramref name="make"/> knows.</summary>
    internal static int Serve(string verb, string[] args, Func<string, Workload?> make, Func<string> about)
    {
        if (args is not ["--threads", var count] || !int.TryParse(count, CultureInfo.InvariantCulture, out var threads) || threads < 1)
        {
            Console.Error.WriteLine($"usage: {verb} --threads N, with N at least 1");
            return 2;
        }

        Threads.Limit = threads;
        Workload? row = null;
        while (Console.ReadLine() is { } line)
        {
            Console.WriteLine(line.Split(' ') switch
            {
                ["about"] => about(),
                ["use", var name] => Use(make, name, ref row),
                ["go", var times] when row is not null && int.TryParse(times, CultureInfo.InvariantCulture, out var n) && n > 0 => Time(row, n),
                ["check"] when row is not null => Check(row),
                _ => """{"error": "expected 'use ROW', then 'go N' or 'check', or 'about'"}""",
            });
        }

        return 0;
    }

    static string Use(Func<string, Workload?> make, string name, ref Workload? row)
    {
        row = null;
        GC.Collect();
        GC.WaitForPendingFinalizers();                                    // the last row's blocks go back before this one's are asked for
        row = make(name);
        if (row is null) return """{"unknown": true}""";

        var (start, times) = (Stopwatch.GetTimestamp(), 1);
        row.Run(1);
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < WarmSeconds) row.Run(times = Math.Min(2 * times, 4096));
        return Time(row, 1);
    }

    static string Time(Workload row, int times)
    {
        var start = Stopwatch.GetTimestamp();
        row.Run(times);
        var microseconds = Stopwatch.GetElapsedTime(start).TotalMicroseconds / times;
        return string.Create(CultureInfo.InvariantCulture, $$"""{"us": {{microseconds:R}}}""");
    }

    static string Check(Workload row)
    {
        var text = new StringBuilder("{");
        foreach (var (name, values) in row.Results())
        {
            var norm = Math.Sqrt(values.Sum(static v => (double)v * v));
            var probes = Math.Min(Probes, values.Length);
            var shown = Enumerable.Range(0, probes).Select(i => values[probes == 1 ? 0 : (int)((long)i * (values.Length - 1) / (probes - 1))]);
            text.Append(text.Length > 1 ? ", " : "").Append(CultureInfo.InvariantCulture,
                $$"""
                "{{name}}": {"length": {{values.Length}}, "norm": {{norm:R}}, "values": [{{string.Join(", ", shown.Select(v => v.ToString("R", CultureInfo.InvariantCulture)))}}]}
                """);
        }

        return text.Append('}').ToString();
    }

    static string About() => string.Create(CultureInfo.InvariantCulture,
        $$"""{"runtime": "{{Environment.Version}}", "threads": {{Threads.Limit}}, "lanes": "{{Simd.Name}}", "processors": {{Environment.ProcessorCount}}}""");
}
