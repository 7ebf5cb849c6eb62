using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace TinyJepa.Samples;

/// <summary>
/// The command line that samples have in common: the same options by the same names, one sentence for what is wrong, and exit codes
/// 0 for success, 1 for what the machine refuses, 2 for a wrong command line, 130 for Ctrl-C and 143 for a termination signal.
/// </summary>
public sealed partial class SampleCommandLine
{
    const int Interrupted = 130, Terminated = 143;                 // 128 and the signal's number, as shells have it

    readonly RootCommand _root;

    /// <param name="description">What the sample does, in a sentence.</param>
    /// <param name="folder">Results go to <c>out</c>/folder by default.</param>
    /// <param name="recipes">The recipes' names, the default of most commands last.</param>
    /// <param name="seeds">How many training seeds a report has by default.</param>
    /// <param name="port">The live page's port, by default.</param>
    /// <param name="every">Steps from one checkpoint to the next, by default.</param>
    public SampleCommandLine(string description, string folder, string[] recipes, int seeds, int port, int every)
    {
        ArgumentNullException.ThrowIfNull(recipes);
        _root = new RootCommand(description);
        Seed = new("--seed") { Description = "The training seed; the first one of several.", DefaultValueFactory = _ => 0, Validators = { NotNegative } };
        Seeds = new("--seeds") { Description = "How many training seeds.", DefaultValueFactory = _ => seeds, Validators = { AtLeastOne } };
        Recipe = new Option<string?>("--recipe") { Description = $"{string.Join(" or ", recipes)}. A report has all unless one is named; everything else uses {recipes[^1]}." };
        Recipe.AcceptOnlyFromAmong(recipes);
        Threads = new("--threads") { Description = "Threads to compute with.", DefaultValueFactory = _ => Environment.ProcessorCount, Validators = { IsThreads } };
        Out = new("--out") { Description = "Where results go.", DefaultValueFactory = _ => new DirectoryInfo(Path.Combine("out", folder)) };
        Json = new("--json") { Description = "Write the figures to this file instead of metrics.json." };
        NoPage = new("--no-page") { Description = "Write no report.html, and skip what only it shows." };
        Resume = new("--resume") { Description = "Go on from the newest sound checkpoint in the output folder, to the same bits; without it a training begins anew." };
        Every = new("--checkpoint-every") { Description = "Steps from one checkpoint to the next; 0 writes none.", DefaultValueFactory = _ => every, Validators = { NotNegative } };
        Steps = new("--steps") { Description = "Train for so many steps instead of the recipe's: a shorter recipe with a name of its own.", Validators = { AtLeastOne } };
        Port = new("--port") { Description = "The live page's port; 0 takes any free one.", DefaultValueFactory = _ => port, Validators = { IsPort } };
    }

    /// <summary>The (first) training seed.</summary>
    public Option<int> Seed { get; }

    /// <summary>How many seeds.</summary>
    public Option<int> Seeds { get; }

    /// <summary>Which recipe.</summary>
    public Option<string?> Recipe { get; }

    /// <summary>How many threads; set before the command begins.</summary>
    public Option<int> Threads { get; }

    /// <summary>The folder for results.</summary>
    public Option<DirectoryInfo> Out { get; }

    /// <summary>Another file for the figures.</summary>
    public Option<FileInfo?> Json { get; }

    /// <summary>No report.</summary>
    public Option<bool> NoPage { get; }

    /// <summary>Resume instead of starting from scratch.</summary>
    public Option<bool> Resume { get; }

    /// <summary>How often checkpoints are written.</summary>
    public Option<int> Every { get; }

    /// <summary>Fewer or more steps than the recipe's.</summary>
    public Option<int?> Steps { get; }

    /// <summary>The live page's port.</summary>
    public Option<int> Port { get; }

    /// <summary>What happens without a command.</summary>
    /// <param name="run">Does it and returns the exit code.</param>
    /// <param name="options">Its options. Any other is refused.</param>
    public void Default(Func<ParseResult, RunSettings, CancellationToken, Task<int>> run, params Option[] options) => Fill(_root, run, options);

    /// <summary>Adds a command.</summary>
    /// <param name="name">What to call it.</param>
    /// <param name="description">What it does, in a sentence.</param>
    /// <param name="run">Does it and returns the exit code.</param>
    /// <param name="options">Its options. Any other is refused.</param>
    public void Add(string name, string description, Func<ParseResult, RunSettings, CancellationToken, Task<int>> run, params Option[] options)
    {
        var command = new Command(name, description);
        Fill(command, run, options);
        _root.Subcommands.Add(command);
    }

    /// <summary>Parses the arguments and runs the command.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(string[] args)
    {
        var parsed = _root.Parse(args);
        string[] errors = [.. parsed.Errors.Select(error => Readable(error.Message)).Concat(Unknown(parsed)).Distinct()];      // an option of two commands is checked twice
        if (errors.Length == 0) return await UntilInterruptedAsync(parsed).ConfigureAwait(false);

        foreach (var error in errors) await Console.Error.WriteLineAsync(string.Join(' ', error.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))).ConfigureAwait(false);
        await Console.Error.WriteLineAsync("Add --help to see what there is.").ConfigureAwait(false);
        return 2;
    }

    /// <summary>The parser names .NET types; the message should not.</summary>
    static string Readable(string error) => WrongNumber().Replace(error, "$2 is a whole number, which '$1' is not.");

    [GeneratedRegex(@"^Cannot parse argument '(.*)' for option '(\S+)' as expected type '\S*Int32\S*'\.$")]
    private static partial Regex WrongNumber();

    /// <summary>Says what is wrong with a count below 1.</summary>
    public static void AtLeastOne(OptionResult result)
    {
        if (Number(result) is { } value && value < 1) result.AddError($"{result.Option.Name} must be at least 1, not {value}.");
    }

    /// <summary>Says what is wrong with an impossible number of threads.</summary>
    public static void IsThreads(OptionResult result)
    {
        const int most = 256;
        AtLeastOne(result);
        if (Number(result) is { } value && value > most) result.AddError($"{result.Option.Name} must be at most {most}, not {value}.");
    }

    /// <summary>Says what is wrong with a number below 0.</summary>
    public static void NotNegative(OptionResult result)
    {
        if (Number(result) is { } value && value < 0) result.AddError($"{result.Option.Name} must not be negative, as {value} is.");
    }

    /// <summary>Says what is wrong with a port that is none.</summary>
    public static void IsPort(OptionResult result)
    {
        if (Number(result) is { } value && value is < 0 or > 65535) result.AddError($"{result.Option.Name} must be 0 to 65535, not {value}.");
    }

    static int? Number(OptionResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return result.Tokens.Count > 0 && int.TryParse(result.Tokens[0].Value, out var value) ? value : null;
    }

    // An option before the command's name belongs to the root: it counts if the command knows it too, and is not passed over otherwise.
    static IEnumerable<string> Unknown(ParseResult parsed) =>
        from result in parsed.RootCommandResult.Children.OfType<OptionResult>()
        where parsed.CommandResult.Command is not RootCommand && !result.Implicit && !parsed.CommandResult.Command.Options.Contains(result.Option)
        select $"{result.Option.Name} means nothing to '{parsed.CommandResult.Command.Name}'.";

    static async Task<int> UntilInterruptedAsync(ParseResult parsed)
    {
        using var stop = new CancellationTokenSource();
        var terminated = false;
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        var plain = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
        var code = await parsed.InvokeAsync(plain, stop.Token).ConfigureAwait(false);
        return code == Interrupted && terminated ? Terminated : code;

        void Stop(PosixSignalContext context)
        {
            if (stop.IsCancellationRequested) return;                  // a second signal ends the process at once
            context.Cancel = true;                                     // the work ends itself, with a sentence
            terminated = context.Signal == PosixSignal.SIGTERM;
            stop.Cancel();
        }
    }

    void Fill(Command command, Func<ParseResult, RunSettings, CancellationToken, Task<int>> run, Option[] options)
    {
        foreach (var option in options) command.Options.Add(option);
        command.SetAction(async (parsed, cancellation) =>
        {
            if (options.Contains(Threads)) TinyJepa.Threads.Limit = parsed.GetValue(Threads);
            try
            {
                return await run(parsed, Settings(parsed, options), cancellation).ConfigureAwait(false);
            }
            catch (OperationCanceledException stopped)
            {
                var what = stopped is TrainingStoppedException ? stopped.Message : "Stopped. What was written before is whole; models that were finished are kept.";
                await Console.Error.WriteLineAsync(options.Contains(Resume) ? $"{what} To go on: … {Resuming(parsed)}" : what).ConfigureAwait(false);
                return Interrupted;
            }
            catch (Exception error) when (error is IOException or SocketException or InvalidDataException or UnauthorizedAccessException)
            {
                await Console.Error.WriteLineAsync(error.Message).ConfigureAwait(false);
                return 1;
            }
        });
    }

    string Resuming(ParseResult parsed) => string.Join(' ', parsed.Tokens.Select(token => token.Value).Where(word => word != Resume.Name).Append(Resume.Name)
        .Select(word => word.Contains(' ', StringComparison.Ordinal) ? $"\"{word}\"" : word));

    RunSettings Settings(ParseResult parsed, Option[] options)
    {
        T? Of<T>(Option<T> option) => options.Contains(option) ? parsed.GetValue(option) : default;
        return new RunSettings(
            Of(Seed), Of(Seeds), Of(Recipe), Of(Out)?.FullName ?? "", Of(Json)?.FullName, !Of(NoPage), Of(Port), Of(Steps), Of(Every), Of(Resume));
    }
}

/// <summary>The options of a command.</summary>
/// <param name="Seed">The first training seed.</param>
/// <param name="Seeds">How many.</param>
/// <param name="Recipe">The recipe that was named, if one was.</param>
/// <param name="Out">The folder for results.</param>
/// <param name="Json">Another file for the figures.</param>
/// <param name="Page">Whether to write the report.</param>
/// <param name="Port">The live page's port.</param>
/// <param name="Steps">How many steps to train for, if not the recipe's.</param>
/// <param name="Every">Steps from one checkpoint to the next.</param>
/// <param name="Resume">Whether to go on from there.</param>
public sealed record RunSettings(int Seed, int Seeds, string? Recipe, string Out, string? Json, bool Page, int Port, int? Steps, int Every, bool Resume)
{
    /// <summary>Where the figures go.</summary>
    public string JsonFile => Json ?? Path.Combine(Out, "metrics.json");

    /// <summary>All training seeds.</summary>
    public IReadOnlyList<long> AllSeeds => [.. Enumerable.Range(0, Seeds).Select(i => (long)Seed + i)];

    /// <summary>Where and how often checkpoints are written.</summary>
    public Checkpointing Checkpoints => new(Path.Combine(Out, "checkpoints"), Every, Resume);

    /// <summary>
    /// Finds out before the work, not after it, that results cannot be written, and keeps other processes out of the folder until it is disposed of.
    /// </summary>
    /// <exception cref="IOException">A folder cannot be made or written, or another process writes there.</exception>
    public IDisposable Claim()
    {
        var claim = OutputFolder.Claim(Out);
        try
        {
            if (Directory.Exists(JsonFile)) throw new IOException($"'{JsonFile}' is a folder; --json needs the name of a file.");
            if (Json is not null) OutputFolder.Check(Path.GetDirectoryName(Json)!);
            if (Every > 0) OutputFolder.Check(Checkpoints.Folder);
            return claim;
        }
        catch
        {
            claim.Dispose();
            throw;
        }
    }
}
