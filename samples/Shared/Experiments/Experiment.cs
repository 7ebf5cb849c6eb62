using System.CommandLine;
using System.Net.WebSockets;
using Spectre.Console;

namespace TinyJepa.Samples;

/// <summary>
/// A sample: it supplies world, model, training step, measurements, claims and page. Its commands are here: train, report over several
/// seeds, and play, which serves the live page.
/// </summary>
/// <typeparam name="TRecipe">How a model is trained.</typeparam>
/// <typeparam name="TModel">What is trained.</typeparam>
/// <typeparam name="TRun">What is trained from one seed, with its measurements.</typeparam>
/// <typeparam name="TPage">A model as the live page shows it.</typeparam>
/// <param name="description">Names, texts and defaults.</param>
public abstract class Experiment<TRecipe, TModel, TRun, TPage>(SampleDescription description) : ModelTrainer<TRecipe, TModel>(description.FileName)
    where TRecipe : class, IRecipe<TRecipe> where TModel : SampleModel where TRun : Run<TRecipe, TModel> where TPage : PageModel
{
    /// <summary>The command line. Without arguments it does everything but play.</summary>
    /// <returns>The exit code.</returns>
    public Task<int> RunAsync(string[] args)
    {
        var line = new SampleCommandLine(
            description.Summary, FileName, [TRecipe.Published.Name, TRecipe.Best.Name], description.Seeds, description.Port, description.CheckpointEvery);
        Option[] report = [line.Seed, line.Seeds, line.Recipe, line.Threads, line.Out, line.Json, line.NoPage, line.Every, line.Resume];
        line.Default((_, settings, cancellation) => RunAllAsync(settings, cancellation), report);
        line.Add("train", description.TrainSummary, (_, settings, cancellation) => TrainAsync(settings, cancellation),
            line.Seed, line.Recipe, line.Steps, line.Threads, line.Out, line.Json, line.Every, line.Resume);
        line.Add("report", "Train, measure and write metrics.json and report.html.",
            (_, settings, cancellation) => ReportAsync(settings, cancellation), report);
        AddCommands(line);
        line.Add("play", "Serve the live page on this machine.", (_, settings, cancellation) => PlayAsync(settings, cancellation),
            line.Seed, line.Recipe, line.Threads, line.Out, line.Port);
        return line.RunAsync(args);
    }

    /// <summary>The figures of a study as every sample writes them.</summary>
    public Metrics Metrics(Study<TRecipe, TModel, TRun> study)
    {
        var metrics = new Metrics(description.Name, study.Recipe.Name, study.First.Trained.Seed);
        foreach (var figure in Figures(study)) metrics.Add(figure);
        return metrics.Add(Figure.Word("parameter_hash", study.Model.Hash));
    }

    /// <summary>Trains everything that belongs to one seed, saves the weights and measures the models.</summary>
    public abstract TRun Run(TRecipe recipe, long seed, string folder, Checkpointing checkpoints, CancellationToken cancellation = default);

    /// <summary>A model as the live page shows it.</summary>
    /// <param name="model">Weights that no training changes any more.</param>
    /// <param name="recipe">How they were trained.</param>
    /// <param name="step">The step of training they come from.</param>
    /// <param name="steps">All steps.</param>
    /// <param name="seconds">The time the training took so far.</param>
    public abstract TPage Show(TModel model, TRecipe recipe, int step, int steps, double seconds);

    /// <summary>A training that the live page can watch.</summary>
    public LiveTraining<TPage> NewLiveTraining(TRecipe recipe, long seed)
    {
        var training = NewTraining(recipe, seed);
        return new(training, (step, seconds) => Show(training.Snapshot(), recipe, step, training.Steps, seconds));
    }

    /// <summary>Starts serving the live page.</summary>
    /// <param name="sessions">Makes a session for every tab.</param>
    /// <param name="port">0 takes any free port.</param>
    /// <param name="cancellation">Cancels starting.</param>
    /// <exception cref="PortInUseException">Another program listens on the port.</exception>
    public Task<LiveServer> ServeAsync(Func<WebSocket, LiveSession> sessions, int port, CancellationToken cancellation = default) =>
        LiveServer.StartAsync(new PageFiles(typeof(TPage).Assembly), sessions, port, cancellation);

    /// <summary>The figures of a study that go into <c>metrics.json</c>, without the hash of the parameters.</summary>
    protected abstract IEnumerable<Figure> Figures(Study<TRecipe, TModel, TRun> study);

    /// <summary>Prints the claims beside what came out.</summary>
    /// <param name="studies">One for each recipe that was trained; the last one is the best.</param>
    /// <param name="settings">The command line.</param>
    /// <param name="cancellation">Ends further trainings.</param>
    /// <returns>Makes the report. It is called only if the report is wanted, and may train more models for it.</returns>
    protected abstract Func<Report> Conclude(IReadOnlyList<Study<TRecipe, TModel, TRun>> studies, RunSettings settings, CancellationToken cancellation);

    /// <summary>Makes the sessions of the live page, one for each tab.</summary>
    /// <param name="trainer">The model that all tabs share.</param>
    /// <param name="settings">The command line.</param>
    /// <param name="cancellation">Ends further trainings.</param>
    protected abstract Func<WebSocket, LiveSession> Sessions(LiveTrainer<TPage> trainer, RunSettings settings, CancellationToken cancellation);

    /// <summary>Adds the commands that only this sample has.</summary>
    protected virtual void AddCommands(SampleCommandLine line)
    {
    }

    /// <summary>The recipe of commands that need exactly one.</summary>
    protected static TRecipe RecipeOf(RunSettings settings)
    {
        var recipe = Named(settings.Recipe ?? TRecipe.Best.Name);
        return settings.Steps is { } steps ? recipe.WithSteps(steps) : recipe;
    }

    /// <summary>Writes the figures of a command that trains one model, and prints them.</summary>
    protected static void WriteFigures(Metrics metrics, RunSettings settings)
    {
        metrics.Write(settings.JsonFile);
        foreach (var figure in metrics.Figures) AnsiConsole.WriteLine($"{figure.Name,-28} {figure}");
        Console.WriteLine($"Figures: {Relative(settings.JsonFile)}");
    }

    /// <summary>A path for the terminal.</summary>
    protected static string Relative(string path) => Path.GetRelativePath(Environment.CurrentDirectory, path);

    static TRecipe Named(string name) => name == TRecipe.Published.Name ? TRecipe.Published
        : name == TRecipe.Best.Name ? TRecipe.Best : throw new ArgumentException($"There is no recipe '{name}': {TRecipe.Published.Name} or {TRecipe.Best.Name}.", nameof(name));

    async Task<int> RunAllAsync(RunSettings settings, CancellationToken cancellation)
    {
        var code = await ReportAsync(settings, cancellation).ConfigureAwait(false);
        if (code == 0) AnsiConsole.WriteLine($"The live page: dotnet run -c Release --project samples/{description.Name} -- play");
        return code;
    }

    Task<int> TrainAsync(RunSettings settings, CancellationToken cancellation)
    {
        using var claim = settings.Claim();
        var recipe = RecipeOf(settings);
        var run = Run(recipe, settings.Seed, settings.Out, settings.Checkpoints, cancellation);
        WriteFigures(Metrics(new(recipe, [run])), settings);
        Console.WriteLine($"Weights: {Relative(FileIn(settings.Out, recipe, settings.Seed))}");
        return Task.FromResult(0);
    }

    Task<int> ReportAsync(RunSettings settings, CancellationToken cancellation)
    {
        using var claim = settings.Claim();
        AnsiConsole.WriteLine($"Threads: {Threads.Limit}. {description.Evaluation}");
        TRecipe[] recipes = settings.Recipe is { } one ? [Named(one)] : [TRecipe.Published, TRecipe.Best];
        List<TRun>[] runs = [.. recipes.Select(_ => new List<TRun>())];
        foreach (var seed in settings.AllSeeds)
            for (var i = 0; i < recipes.Length; i++) runs[i].Add(Run(recipes[i], seed, settings.Out, settings.Checkpoints, cancellation));

        Study<TRecipe, TModel, TRun>[] studies = [.. recipes.Zip(runs, (recipe, runs) => new Study<TRecipe, TModel, TRun>(recipe, runs))];
        var report = Conclude(studies, settings, cancellation);
        Metrics(studies[^1]).Write(settings.JsonFile);
        AnsiConsole.WriteLine($"Figures: {Relative(settings.JsonFile)}");
        if (studies.Length > 1) Metrics(studies[0]).Write(Path.Combine(settings.Out, "metrics-published.json"));
        if (!settings.Page) return Task.FromResult(0);

        var page = Path.Combine(settings.Out, "report.html");
        report().Write(page);
        AnsiConsole.WriteLine($"Report:  {Relative(page)}");
        return Task.FromResult(0);
    }

    async Task<int> PlayAsync(RunSettings settings, CancellationToken cancellation)
    {
        OutputFolder.Check(settings.Out);
        if (settings.Port != 0) LiveServer.ThrowIfTaken(settings.Port);
        var recipe = RecipeOf(settings);
        var trained = LoadOrTrain(settings.Out, recipe, settings.Seed, cancellation);
        var steps = NewTraining(recipe, settings.Seed).Steps;
        using var trainer = new LiveTrainer<TPage>(Show(trained.Model, recipe, steps, steps, trained.Seconds), () => NewLiveTraining(recipe, settings.Seed));
        var sessions = Sessions(trainer, settings, cancellation);
        return await LiveServer.PlayAsync(() => ServeAsync(sessions, settings.Port, cancellation), Console.Out, Console.Error, cancellation)
            .ConfigureAwait(false);
    }
}
