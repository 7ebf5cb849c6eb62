using Spectre.Console;

namespace TinyJepa.Samples.BouncingBall;

/// <summary>What each command does, from the training to the last line it prints.</summary>
internal static class Story
{
    /// <summary>Everything: both recipes, the table, the figures, the report, and the way to the live page.</summary>
    public static async Task<int> Tell(RunSettings settings, CancellationToken cancellation)
    {
        var code = await Report(settings, cancellation).ConfigureAwait(false);
        if (code == 0) AnsiConsole.WriteLine("The live page: dotnet run -c Release --project samples/BouncingBall -- play");
        return code;
    }

    /// <summary>Trains one model and its companions, saves them and prints the figures.</summary>
    public static Task<int> Train(RunSettings settings, CancellationToken cancellation)
    {
        using var claim = settings.Claim();
        var recipe = Recipe.OneOf(settings);
        var study = new Study { Recipe = recipe };
        study.Train(new Films(new BallWorld()), settings.Out, settings.Seed, settings.Checkpoints, cancellation);
        var metrics = study.Metrics();
        metrics.Write(settings.JsonFile);
        foreach (var figure in metrics.Figures) AnsiConsole.WriteLine($"{figure.Name,-28} {figure}");
        Console.WriteLine($"Weights: {Shown(TrainedModel.FileIn(settings.Out, recipe, settings.Seed))}");
        Console.WriteLine($"Figures: {Shown(settings.JsonFile)}");
        return Task.FromResult(0);
    }

    /// <summary>Trains the recipes from each seed, examines the models on fresh trajectories and writes what came out.</summary>
    public static Task<int> Report(RunSettings settings, CancellationToken cancellation)
    {
        using var claim = settings.Claim();
        AnsiConsole.WriteLine($"Threads: {Threads.Limit}. Every model is examined on {Films.FreshCount} fresh trajectories.");
        var films = new Films(new BallWorld());
        Recipe[] recipes = settings.Recipe is { } one ? [Recipe.Named(one)] : [Recipe.Published, Recipe.Best];
        Study[] studies = [.. recipes.Select(recipe => new Study { Recipe = recipe })];
        long[] seeds = [.. Enumerable.Range(0, settings.Seeds).Select(i => (long)settings.Seed + i)];
        foreach (var seed in seeds)
            foreach (var study in studies) study.Train(films, settings.Out, seed, settings.Checkpoints, cancellation);

        AnsiConsole.WriteLine("The controls: raw windows, untrained encoders, and networks that are told the answers.");
        Controls[] controls = [.. recipes.Select(recipe => Controls.Of(films, recipe, seeds, cancellation))];
        var table = Claims.Table(Array.Find(studies, s => s.Recipe == Recipe.Published), Array.Find(studies, s => s.Recipe == Recipe.Best), controls);
        table.Print();
        studies[^1].Metrics().Write(settings.JsonFile);
        AnsiConsole.WriteLine($"Figures: {Shown(settings.JsonFile)}");
        if (studies.Length > 1) studies[0].Metrics().Write(Path.Combine(settings.Out, "metrics-published.json"));
        if (!settings.Page) return Task.FromResult(0);

        AnsiConsole.WriteLine("Three other worlds for the report, by the best recipe:");
        var worlds = OtherWorld.All(settings.Seed, settings.Checkpoints, cancellation);
        foreach (var world in worlds) Console.WriteLine($"  {string.Join("  ", world.Row)}");
        var page = Path.Combine(settings.Out, "report.html");
        BallReport.Of(studies, table, films, controls, worlds).Write(page);
        AnsiConsole.WriteLine($"Report:  {Shown(page)}");
        return Task.FromResult(0);
    }

    /// <summary>Serves the live page. It shows the loss curves of all seeds that a report has left in the folder.</summary>
    public static async Task<int> PlayAsync(RunSettings settings, CancellationToken cancellation)
    {
        OutputFolder.Check(settings.Out);
        if (settings.Port != 0) LiveServer.ThrowIfTaken(settings.Port);
        var (recipe, pool) = (Recipe.OneOf(settings), new Trajectories(new BallWorld(), Films.PoolCount, Films.PoolSeed));
        var trained = TrainedModel.LoadOrTrain(settings.Out, recipe, pool, settings.Seed, cancellation);
        var single = TrainedModel.LoadOrTrain(settings.Out, recipe.SingleFrame(), pool, settings.Seed, cancellation);
        var curves = TrainedModel.AllIn(settings.Out, recipe);

        var films = new LiveBall.LiveFilms();
        var steps = new BallTraining(recipe, pool, settings.Seed).Steps;
        using var trainer = new LiveTrainer<LiveBall>(
            new LiveBall(trained.Model, films, steps, steps, trained.Seconds), () => new LiveBallTraining(new BallTraining(recipe, pool, settings.Seed), films));
        var companion = new LiveBall(single.Model, films, 1, 1, single.Seconds);
        return await LiveServer.PlayAsync(() => Play.StartAsync(trainer, companion, curves, settings.Port, cancellation), Console.Out, Console.Error, cancellation).ConfigureAwait(false);
    }

    static string Shown(string path) => Path.GetRelativePath(Environment.CurrentDirectory, path);
}
