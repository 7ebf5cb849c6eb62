using System.CommandLine;
using System.CommandLine.Parsing;
using TinyJepa.Kernels;
using Verb = System.CommandLine.Command;

namespace TinyJepa.Samples.DvdLogo;

/// <summary>The sample's command line: without arguments it tells the whole story.</summary>
internal static class CommandLine
{
    static readonly Option<int> s_seed = new("--seed") { Description = "The training seed; the first one of several.", DefaultValueFactory = _ => 0, Validators = { NotNegative } };
    static readonly Option<int> s_seeds = new("--seeds") { Description = "How many training seeds.", DefaultValueFactory = _ => 1, Validators = { AtLeastOne } };
    static readonly Option<string?> s_recipe = new Option<string?>("--recipe") { Description = "published or best. The story tells of both unless one is named; everything else uses best." }.AcceptOnlyFromAmong(Recipe.Published.Name, Recipe.Best.Name);
    static readonly Option<int> s_threads = new("--threads") { Description = "Threads to compute with.", DefaultValueFactory = _ => Environment.ProcessorCount, Validators = { AtLeastOne } };
    static readonly Option<DirectoryInfo> s_out = new("--out") { Description = "Where results go.", DefaultValueFactory = _ => new DirectoryInfo(Path.Combine("out", "dvd-logo")) };
    static readonly Option<FileInfo?> s_json = new("--json") { Description = "Write the figures to this file instead of metrics.json." };
    static readonly Option<bool> s_noPage = new("--no-page") { Description = "Write no report.html, and skip the ablation that only it shows." };
    static readonly Option<int> s_port = new("--port") { Description = "The live page's port; 0 takes any free one.", DefaultValueFactory = _ => LiveServer.DefaultPort, Validators = { IsPort } };
    static readonly Option<int> s_clip = new("--clip") { Description = "The seed of the clip to dream.", DefaultValueFactory = _ => 7, Validators = { NotNegative } };

    internal static async Task<int> RunAsync(string[] args)
    {
        var root = new RootCommand("A JEPA learns the bouncing DVD logo: train, examine, report, and watch it live.");
        foreach (var option in new Option[] { s_seed, s_seeds, s_recipe, s_threads, s_out, s_json, s_noPage })
        {
            option.Recursive = true;
            root.Options.Add(option);
        }

        Add(root, root, Story.Tell);
        Add(root, new Verb("train", "Train one model, save its weights and print its figures."), Story.Train);
        Add(root, new Verb("report", "Train, examine and write metrics.json and report.html."), Story.Report);
        Add(root, new Verb("dream", "Print a dream that no decoder ever drew.") { s_clip }, (settings, cancellation) => Story.Dream(settings, cancellation));
        Add(root, new Verb("play", "Serve the live page on this machine.") { s_port }, Story.PlayAsync);

        var parsed = root.Parse(args);
        if (parsed.Errors.Count == 0)
        {
            using var stop = new CancellationTokenSource();
            void Stop(object? sender, ConsoleCancelEventArgs e)
            {
                e.Cancel = true;                           // the work ends itself, with a sentence
                stop.Cancel();
            }

            Console.CancelKeyPress += Stop;
            try
            {
                var plain = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
                return await parsed.InvokeAsync(plain, stop.Token).ConfigureAwait(false);
            }
            finally
            {
                Console.CancelKeyPress -= Stop;
            }
        }

        foreach (var error in parsed.Errors) await Console.Error.WriteLineAsync(string.Join(' ', error.Message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))).ConfigureAwait(false);
        await Console.Error.WriteLineAsync("Add --help to see what there is.").ConfigureAwait(false);
        return 2;
    }

    static void AtLeastOne(OptionResult result)
    {
        if (result.Tokens.Count > 0 && int.TryParse(result.Tokens[0].Value, out var value) && value < 1) result.AddError($"{result.Option.Name} must be at least 1, not {value}.");
    }

    static void IsPort(OptionResult result)
    {
        if (result.Tokens.Count > 0 && int.TryParse(result.Tokens[0].Value, out var value) && value is < 0 or > 65535) result.AddError($"--port must be 0 to 65535, not {result.Tokens[0].Value}.");
    }

    static void NotNegative(OptionResult result)
    {
        if (result.Tokens.Count > 0 && int.TryParse(result.Tokens[0].Value, out var value) && value < 0) result.AddError($"{result.Option.Name} must not be negative, as {value} is.");
    }

    static void Add(RootCommand root, Verb command, Func<Settings, CancellationToken, Task<int>> run)
    {
        if (command != root) root.Subcommands.Add(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var settings = new Settings(
                parsed.GetValue(s_seed), parsed.GetValue(s_seeds), parsed.GetValue(s_recipe) is { } name ? Recipe.Named(name) : null,
                parsed.GetValue(s_out)!.FullName, parsed.GetValue(s_json)?.FullName, !parsed.GetValue(s_noPage),
                command.Options.Contains(s_port) ? parsed.GetValue(s_port) : 0, command.Options.Contains(s_clip) ? (uint)parsed.GetValue(s_clip) : 0);
            Cores.Limit = parsed.GetValue(s_threads);
            try
            {
                return await run(settings, cancellation).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                await Console.Error.WriteLineAsync("Stopped. What was written before is whole; models that were finished are kept.").ConfigureAwait(false);
                return 130;
            }
            catch (Exception error) when (error is OutputException or IOException or System.Net.Sockets.SocketException or InvalidDataException or UnauthorizedAccessException)
            {
                await Console.Error.WriteLineAsync(error.Message).ConfigureAwait(false);
                return 1;
            }
        });
    }
}

/// <summary>What the command line asked for.</summary>
/// <param name="Seed">The first training seed.</param>
/// <param name="Seeds">How many.</param>
/// <param name="Recipe">The recipe that was named, if one was.</param>
/// <param name="Out">The folder for results.</param>
/// <param name="Json">Another file for the figures.</param>
/// <param name="Page">Whether to write the report.</param>
/// <param name="Port">The live page's port.</param>
/// <param name="Clip">The seed of the clip to dream.</param>
internal sealed record Settings(int Seed, int Seeds, Recipe? Recipe, string Out, string? Json, bool Page, int Port, uint Clip)
{
    /// <summary>The recipe of commands that need one.</summary>
    public Recipe OneRecipe => Recipe ?? Recipe.Best;

    /// <summary>Where the figures go.</summary>
    public string JsonFile => Json ?? Path.Combine(Out, "metrics.json");

    /// <summary>Finds out before the work, not after it, that results cannot be written.</summary>
    /// <exception cref="OutputException">A folder cannot be made or written.</exception>
    public void CheckOutputs()
    {
        OutputFolder.Check(Out);
        if (Directory.Exists(JsonFile)) throw new OutputException($"'{JsonFile}' is a folder; --json wants the name of a file.");
        if (Json is not null) OutputFolder.Check(Path.GetDirectoryName(Json)!);
    }
}
