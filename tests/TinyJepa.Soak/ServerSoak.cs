using System.Diagnostics;
using TinyJepa.Samples.Embed;

namespace TinyJepa.Soak;

/// <summary>Asks a server very often, by several clients at once, compares every answer byte by byte, and watches the server's memory.</summary>
static class ServerSoak
{
    /// <param name="program">The server.</param>
    /// <param name="model">Its model.</param>
    /// <param name="input">The clip it is asked about.</param>
    /// <param name="warmUp">
    /// How often before the watching begins. Code is compiled again when it has proved hot, in the background, and threads and pools come with the
    /// load: on two busy cores memory stood still after 30,000 to 50,000 requests.
    /// </param>
    /// <param name="requests">How often then.</param>
    /// <param name="clients">By how many at once.</param>
    /// <param name="file">Where the figures go.</param>
    /// <returns>The exit code: 0 if memory drifted by less than 1 %, and every answer was right.</returns>
    public static int Run(string program, string model, string input, int warmUp, int requests, int clients, string file)
    {
        var frames = Frames.Read(File.ReadAllBytes(input), input);
        using var server = new ServerProcess(program, model);
        var load = new Load(server.Port, Wire.Question(frames), Wire.Prediction(WorldModel.Open(model).Predict(frames)), clients);
        var before = new Load(server.Port, Wire.Question(frames), Wire.Prediction(WorldModel.Open(model).Predict(frames)), clients);
        before.Run(number => number <= warmUp);
        var (log, clock, afterWarmUp) = (new MemoryLog(), Stopwatch.StartNew(), server.Memory);
        using var over = new ManualResetEventSlim();
        var watch = new Thread(() =>
        {
            while (!over.Wait(20)) log.Add(Math.Min(1.0, (double)load.Asked / requests), server.Memory);
        });
        watch.Start();
        load.Run(number => number <= requests);
        over.Set();
        watch.Join();

        var seconds = clock.Elapsed.TotalSeconds;
        var errors = before.Wrong + load.Wrong;
        Console.WriteLine($"{load.Asked} requests of {clients} clients in {seconds:0} s, {errors} errors; {log}");
        log.Write(file, "requests to the Embed server", ("requests", load.Asked), ("clients", clients), ("seconds", Math.Round(seconds, 1)), ("errors", errors),
            ("warm_up_requests", before.Asked), ("rss_after_warm_up_requests_bytes", afterWarmUp));
        return errors == 0 && load.Asked == requests && log.DriftPercent < 1 ? 0 : 1;
    }
}
