using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using TinyJepa.Crash;

// The long run:  dotnet run -c Release --project tests/TinyJepa.Crash -- --kills 1000 --json crash.json
var kills = new Option<int>("--kills") { Description = "How many processes to kill.", DefaultValueFactory = _ => 100 };
var seed = new Option<long>("--seed") { Description = "Decides the moments of the kills.", DefaultValueFactory = _ => 1 };
var steps = new Option<int>("--steps") { Description = "Steps of each of the two models of a run.", DefaultValueFactory = _ => 2000 };
var every = new Option<int>("--checkpoint-every") { Description = "Steps from one checkpoint to the next.", DefaultValueFactory = _ => 5 };
var atOnce = new Option<int>("--at-once") { Description = "How many trainings live and die side by side.", DefaultValueFactory = _ => Environment.ProcessorCount };
var folder = new Option<DirectoryInfo>("--out") { Description = "Where runs go. What broke a promise stays there.", DefaultValueFactory = _ => new DirectoryInfo(Path.Combine("out", "crash")) };
var json = new Option<FileInfo?>("--json") { Description = "Write the figures to this file." };
var root = new RootCommand("Kills a training of the bouncing ball at random moments, lets it go on, and compares where it ends.") { kills, seed, steps, every, atOnce, folder, json };
root.SetAction(parsed =>
{
    var target = parsed.GetValue(folder)!;
    using var stop = new CancellationTokenSource();
    Console.CancelKeyPress += (_, e) => (e.Cancel, _) = (true, stop.CancelAsync());
    var campaign = new Campaign(target.FullName, parsed.GetValue(seed), parsed.GetValue(steps), parsed.GetValue(every));
    AnsiConsole.Progress().Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn()).Start(context =>
    {
        var task = context.AddTask("killing", maxValue: parsed.GetValue(kills));
        campaign.Run(parsed.GetValue(kills), Math.Max(1, parsed.GetValue(atOnce)), stop.Token, figures =>
        {
            task.Value = figures.Kills;
            task.Description = $"{figures.Kills} kills, {figures.KillsWhileWriting} while writing, {figures.Runs} runs, {figures.EqualHashes} equal, {figures.TornFiles} torn";
        });
    });

    var figures = campaign.Figures;
    var table = new Table().AddColumns("figure", "value");
    foreach (var (name, value) in figures.All) table.AddRow(name, Markup.Escape(Convert.ToString(value, CultureInfo.InvariantCulture)!));
    AnsiConsole.Write(table);
    foreach (var broken in figures.Broken.Take(20)) Console.WriteLine(broken);
    if (parsed.GetValue(json) is { } file)
        File.WriteAllBytes(file.FullName, figures.ToJson([("seed", parsed.GetValue(seed)), ("steps", parsed.GetValue(steps)), ("checkpoint_every", parsed.GetValue(every)), ("at_once", parsed.GetValue(atOnce))]));
    return figures.Broken.Count == 0 ? 0 : 1;
});
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
return root.Parse(args).Invoke();
