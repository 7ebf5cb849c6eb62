using System.CommandLine;

namespace TinyJepa.Samples.GridWorld;

/// <summary>The sample's command line: without arguments it tells the whole story.</summary>
internal static class CommandLine
{
    internal static Task<int> RunAsync(string[] args)
    {
        var line = new SampleCommandLine(
            "A JEPA learns a grid world from pictures and plans in it: train, examine, report, and watch it live.",
            "grid-world", [Recipe.Published.Name, Recipe.Best.Name], seeds: 1, Play.DefaultPort, every: 50);

        Option[] story = [line.Seed, line.Seeds, line.Recipe, line.Threads, line.Out, line.Json, line.NoPage, line.Every, line.Resume];
        line.Default((_, settings, cancellation) => Story.Tell(settings, cancellation), story);
        line.Add("train", "Train one model, and one that some transitions are kept from, save its weights and print its figures.",
            (_, settings, cancellation) => Story.Train(settings, cancellation),
            line.Seed, line.Recipe, line.Steps, line.Threads, line.Out, line.Json, line.Every, line.Resume);
        line.Add("report", "Train, examine and write metrics.json and report.html.",
            (_, settings, cancellation) => Story.Report(settings, cancellation), story);
        line.Add("large", "Train on 9 by 9 cells with a wall of blocks in the middle, and plan around it.",
            (_, settings, cancellation) => Story.Large(settings, cancellation), line.Seed, line.Threads, line.Out, line.Json, line.Every, line.Resume);
        line.Add("play", "Serve the live page on this machine.",
            (_, settings, cancellation) => Story.PlayAsync(settings, cancellation), line.Seed, line.Recipe, line.Threads, line.Out, line.Port);
        return line.RunAsync(args);
    }
}
