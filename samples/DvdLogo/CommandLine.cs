using System.CommandLine;

namespace TinyJepa.Samples.DvdLogo;

/// <summary>The sample's command line: without arguments it tells the whole story.</summary>
internal static class CommandLine
{
    internal static Task<int> RunAsync(string[] args)
    {
        var line = new SampleCommandLine(
            "A JEPA learns the bouncing DVD logo: train, examine, report, and watch it live.",
            "dvd-logo", [Recipe.Published.Name, Recipe.Best.Name], seeds: 1, Play.DefaultPort, every: 500);
        var clip = new Option<int>("--clip") { Description = "The seed of the clip to dream.", DefaultValueFactory = _ => 7, Validators = { SampleCommandLine.NotNegative } };

        Option[] story = [line.Seed, line.Seeds, line.Recipe, line.Threads, line.Out, line.Json, line.NoPage, line.Every, line.Resume];
        line.Default((_, settings, cancellation) => Story.Tell(settings, cancellation), story);
        line.Add("train", "Train one model, save its weights and print its figures.",
            (_, settings, cancellation) => Story.Train(settings, cancellation),
            line.Seed, line.Recipe, line.Steps, line.Threads, line.Out, line.Json, line.Every, line.Resume);
        line.Add("report", "Train, examine and write metrics.json and report.html.",
            (_, settings, cancellation) => Story.Report(settings, cancellation), story);
        line.Add("dream", "Print a dream that no decoder ever drew.",
            (parsed, settings, cancellation) => Story.Dream(settings, (uint)parsed.GetValue(clip), cancellation),
            line.Seed, line.Recipe, line.Threads, line.Out, clip);
        line.Add("export", "Write encoder, predictor and decoder as ONNX.",
            (_, settings, cancellation) => Story.Export(settings, cancellation), line.Seed, line.Recipe, line.Threads, line.Out);
        line.Add("play", "Serve the live page on this machine.",
            (_, settings, cancellation) => Story.PlayAsync(settings, cancellation), line.Seed, line.Recipe, line.Threads, line.Out, line.Port);
        return line.RunAsync(args);
    }
}
