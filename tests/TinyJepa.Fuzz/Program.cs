using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using TinyJepa.Fuzz;

// The long run:  dotnet run -c Release --project tests/TinyJepa.Fuzz -- --inputs 50000000 --threads 2 --json fuzz.json
var inputs = new Option<long>("--inputs") { Description = "How many inputs, over all threads.", DefaultValueFactory = _ => 1_000_000 };
var seed = new Option<long>("--seed") { Description = "Inputs are a function of it, the corpus and the number of threads.", DefaultValueFactory = _ => 1 };
var threads = new Option<int>("--threads") { Description = "How many at once, each with a corpus of its own.", DefaultValueFactory = _ => 1 };
var minutes = new Option<double>("--minutes") { Description = "Stop after that long.", DefaultValueFactory = _ => double.PositiveInfinity };
var corpus = new Option<DirectoryInfo>("--corpus") { Description = "Files to begin with.", DefaultValueFactory = _ => new DirectoryInfo(Path.Combine("tests", "TinyJepa.Tests", "Fixtures")) };
var broken = new Option<DirectoryInfo>("--out") { Description = "Where inputs go that break a promise.", DefaultValueFactory = _ => new DirectoryInfo(Path.Combine("out", "fuzz")) };
var json = new Option<FileInfo?>("--json") { Description = "Write the figures to this file." };
var root = new RootCommand("Feeds made and mutated tensor files to the readers.") { inputs, seed, threads, minutes, corpus, broken, json };
root.SetAction(parsed =>
{
    if (!parsed.GetValue(corpus)!.Exists)
    {
        Console.Error.WriteLine($"There is no folder {parsed.GetValue(corpus)!.FullName}. Run from the repository's root, or name one with --corpus.");
        return 2;
    }

    var files = parsed.GetValue(corpus)!.EnumerateFiles("*", SearchOption.AllDirectories).OrderBy(file => file.FullName, StringComparer.Ordinal).Select(file => File.ReadAllBytes(file.FullName)).ToList();
    var count = Math.Max(1, parsed.GetValue(threads));
    using var stop = new CancellationTokenSource();
    if (double.IsFinite(parsed.GetValue(minutes))) stop.CancelAfter(TimeSpan.FromMinutes(parsed.GetValue(minutes)));
    Console.CancelKeyPress += (_, e) => (e.Cancel, _) = (true, stop.CancelAsync());

    var fuzzers = Enumerable.Range(0, count).Select(i => new Fuzzer(parsed.GetValue(seed) + i, files, parsed.GetValue(broken)!.FullName)).ToList();
    var watch = Stopwatch.StartNew();
    var workers = fuzzers.Select(fuzzer => new Thread(() => fuzzer.Run(parsed.GetValue(inputs) / count, stop.Token))).ToList();
    workers.ForEach(worker => worker.Start());
    while (workers.Exists(worker => worker.IsAlive))
    {
        Thread.Sleep(200);
        if (fuzzers.Find(fuzzer => fuzzer.Busy > TimeSpan.FromSeconds(20)) is not { } stuck) continue;
        Directory.CreateDirectory(parsed.GetValue(broken)!.FullName);
        File.WriteAllBytes(Path.Combine(parsed.GetValue(broken)!.FullName, "hang"), stuck.Input);
        Environment.FailFast("An input takes longer than 20 seconds; it is saved as 'hang'.");
    }

    var total = new FuzzFigures();
    fuzzers.ForEach(fuzzer => total.Add(fuzzer.Figures));
    using var text = new MemoryStream();
    using (var output = new Utf8JsonWriter(text, new JsonWriterOptions { Indented = true }))
    {
        output.WriteStartObject();
        output.WriteNumber("seed", parsed.GetValue(seed));
        output.WriteNumber("threads", count);
        output.WriteNumber("inputs", total.Inputs);
        output.WriteNumber("accepted", total.Accepted);
        output.WriteNumber("bytes", total.Bytes);
        output.WriteNumber("paths", total.Paths);
        output.WriteNumber("broken_promises", total.Broken.Count);
        output.WriteNumber("most_memory_beyond_file_size", total.MostMemory);
        output.WriteNumber("longest_ms", Math.Round(total.Longest.TotalMilliseconds, 2));
        output.WriteNumber("seconds", Math.Round(watch.Elapsed.TotalSeconds, 1));
        output.WriteEndObject();
    }

    Console.WriteLine(System.Text.Encoding.UTF8.GetString(text.ToArray()));
    foreach (var one in total.Broken.Take(20)) Console.WriteLine(one);
    if (parsed.GetValue(json) is { } target) File.WriteAllBytes(target.FullName, text.ToArray());
    return total.Broken.Count == 0 ? 0 : 1;
});
// Saves checkpoints until it is killed, for the test that kills it.
var folder = new Argument<string>("folder");
var writer = new Command("checkpoints", "Saves checkpoints of a small run into a folder until it is killed.") { folder };
writer.SetAction(parsed => CheckpointWriter.Run(parsed.GetValue(folder)!));
root.Subcommands.Add(writer);
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
return root.Parse(args).Invoke();
