using System.Diagnostics;
using System.Globalization;
using TinyJepa.Kernels;

namespace TinyJepa.Bench;

/// <summary>
/// Our side of the paired comparison: <c>peer WORKLOAD --threads N</c> runs N steps for each line <c>go N</c> and answers with the time of
/// one, so that a driver can let us and a rival take turns.
/// </summary>
static class Peer
{
    internal static int Run(string[] args)
    {
        if (args is not [var name, "--threads", var count] || !int.TryParse(count, CultureInfo.InvariantCulture, out var threads) || threads < 1)
            return Fail("usage: peer WORKLOAD --threads N");
        Cores.Limit = threads;
        Workload? workload = name switch { "dvd_step" => new DvdStep(), "add16" => new Add16(), _ => null };
        if (workload is null) return Fail($"there is no workload '{name}'; there are dvd_step and add16");

        workload.Run(workload.WarmUp);
        while (Console.ReadLine() is { } line)
        {
            if (line.Split(' ') is not ["go", var steps] || !int.TryParse(steps, CultureInfo.InvariantCulture, out var n) || n < 1)
            {
                Console.WriteLine("""{"error": "expected 'go N'"}""");
                continue;
            }

            var start = Stopwatch.GetTimestamp();
            workload.Run(n);
            var microseconds = Stopwatch.GetElapsedTime(start).TotalMicroseconds / n;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $$"""{"us": {{microseconds:R}}}"""));
        }

        return 0;
    }

    static int Fail(string message)
    {
        Console.Error.WriteLine(message);
        return 2;
    }
}
