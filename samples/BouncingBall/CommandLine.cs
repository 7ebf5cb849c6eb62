using System.CommandLine;

namespace TinyJepa.Samples.BouncingBall;

/// <summary>The sample's command line: without arguments it tells the whole story.</summary>
internal static class CommandLine
{
    internal static Task<int> RunAsync(string[] args)
    {
        var line = new SampleCommandLine(
            "A JEPA finds the velocity of a bouncing ball: train, examine, report, and watch it live.",
            "bouncing-ball", [Recipe.Published.Name, Recipe.Best.Name], seeds: 8, Play.DefaultPort, every: 2000);

        Option[] story = [line.Seed, line.Seeds, line.Recipe, line.Threads, line.Out, line.Json, line.NoPage, line.Every, line.Resume];
        line.Default((_, settings, cancellation) => Story.Tell(settings, cancellation), story);
        line.Add("train", "Train one model and its companion of single frames, save their weights and print the figures.",
            (_, settings, cancellation) => Story.Train(settings, cancellation),
            line.Seed, line.Recipe, line.Steps, line.Threads, line.Out, line.Json, line.Every, line.Resume);
        line.Add("report", "Train, examine and write metrics.json and report.html.",
            (_, settings, cancellation) => Story.Report(settings, cancellation), story);
        line.Add("play", "Serve the live page on this machine.",
            (_, settings, cancellation) => Story.PlayAsync(settings, cancellation), line.Seed, line.Recipe, line.Threads, line.Out, line.Port);
        return line.RunAsync(args);
    }
}
