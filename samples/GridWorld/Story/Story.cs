using Spectre.Console;

namespace TinyJepa.Samples.GridWorld;

/// <summary>What each command does, from the training to the last line it prints.</summary>
internal static class Story
{
    /// <summary>Everything: both recipes, the table, the figures, the report, and the way to the live page.</summary>
    public static async Task<int> Tell(RunSettings settings, CancellationToken cancellation)
    {
        var code = await Report(settings, cancellation).ConfigureAwait(false);
        if (code == 0) AnsiConsole.WriteLine("The live page: dotnet run -c Release --project samples/GridWorld -- play");
        return code;
    }

    /// <summary>Trains one model, saves it and prints its figures.</summary>
    public static Task<int> Train(RunSettings settings, CancellationToken cancellation)
    {
        using var claim = settings.Claim();
        var study = new Study { Recipe = Recipe.OneOf(settings) };
        study.Run(GridMap.Seed, settings.Seed, settings.Out, settings.Checkpoints, cancellation);
        var metrics = study.Metrics();
        metrics.Write(settings.JsonFile);
        foreach (var figure in metrics.Figures) AnsiConsole.WriteLine($"{figure.Name,-28} {figure}");
        Console.WriteLine($"Weights: {Shown(TrainedModel.FileIn(settings.Out, study.Recipe, settings.Seed))}");
        Console.WriteLine($"Figures: {Shown(settings.JsonFile)}");
        return Task.FromResult(0);
    }

    /// <summary>Trains the recipes from each seed, examines the models and writes what came out.</summary>
    public static Task<int> Report(RunSettings settings, CancellationToken cancellation)
    {
        using var claim = settings.Claim();
        AnsiConsole.WriteLine($"{Threads.Limit} threads. From every seed two models are trained: one with all 100 transitions, one without {HeldOut.Count}.");
        var map = GridMap.Seed;
        var controls = Controls.Of(map);
        Recipe[] recipes = settings.Recipe is { } one ? [Recipe.Named(one)] : [Recipe.Published, Recipe.Best];
        Study[] studies = [.. recipes.Select(recipe => new Study { Recipe = recipe })];
        for (var i = 0; i < settings.Seeds; i++)
            foreach (var study in studies) study.Run(map, (long)settings.Seed + i, settings.Out, settings.Checkpoints, cancellation);

        var table = Claims.Table(Array.Find(studies, s => s.Recipe == Recipe.Published), Array.Find(studies, s => s.Recipe == Recipe.Best), controls);
        table.Print();
        studies[^1].Metrics().Write(settings.JsonFile);
        AnsiConsole.WriteLine($"Figures: {Shown(settings.JsonFile)}");
        if (studies.Length > 1) studies[0].Metrics().Write(Path.Combine(settings.Out, "metrics-published.json"));
        if (!settings.Page) return Task.FromResult(0);

        AnsiConsole.WriteLine("Short trainings for the report's study of λ, some minutes:");
        var weights = LambdaStudy.Run(map, settings.Seed, settings.Checkpoints, cancellation);
        Console.WriteLine($"  {string.Join("  ", LambdaStudy.Header)}");
        foreach (var weight in weights) Console.WriteLine($"  {string.Join("  ", weight.Row)}");
        var page = Path.Combine(settings.Out, "report.html");
        GridReport.Of(studies, table, map, weights).Write(page);
        AnsiConsole.WriteLine($"Report:  {Shown(page)}");
        return Task.FromResult(0);
    }

    /// <summary>The larger grid: where the straight way runs into blocks, only who looks ahead arrives.</summary>
    public static Task<int> Large(RunSettings settings, CancellationToken cancellation)
    {
        using var claim = settings.Claim();
        var map = GridMap.Large;
        var trained = TrainedModel.Train(Recipe.Large, new Walks(map), settings.Seed, settings.Checkpoints, cancellation);
        trained.Save(TrainedModel.FileIn(settings.Out, Recipe.Large, settings.Seed));
        var marks = Examination.Of(map, trained.Model, settings.Seed);
        var metrics = new Metrics("GridWorld", Recipe.Large.Name, settings.Seed)
            .Add(Figure.Rate("transition_accuracy", marks.Transitions.Right, marks.Transitions.All))
            .Add(Figure.Rate("wall_bump_accuracy", marks.Bumps.Right, marks.Bumps.All))
            .Add(Figure.Rate("greedy_success", marks.Greedy.AllSolved, marks.Greedy.AllPairs))
            .Add(Figure.Rate("latent_distance_success", marks.GreedyByLatent.AllSolved, marks.GreedyByLatent.AllPairs))
            .Add(Figure.Rate("imagined_search_success", marks.BreadthFirst.AllSolved, marks.BreadthFirst.AllPairs))
            .Add(Figure.Rate("imagined_search_optimal", marks.BreadthFirst.AllOptimal, marks.BreadthFirst.AllPairs))
            .Add(Figure.Rate("cross_entropy_success", marks.CrossEntropy.Solved, marks.CrossEntropy.Tasks))
            .Add(new Figure("leave_one_cell_out_r2", marks.LeaveOneOut))
            .Add(new Figure("pca2_variance", marks.Explained[0] + marks.Explained[1]))
            .Add(Figure.Rate("open_loop_8_accuracy", marks.OpenLoop[^1], Examination.Walks))
            .Add(new Figure("train_seconds", trained.Seconds))
            .Add(Figure.Word("parameter_hash", trained.Model.Hash));
        metrics.Write(settings.JsonFile);
        foreach (var figure in metrics.Figures) AnsiConsole.WriteLine($"{figure.Name,-28} {figure}");
        AnsiConsole.WriteLine($"Figures: {Shown(settings.JsonFile)}");
        return Task.FromResult(0);
    }

    /// <summary>Serves the live page.</summary>
    public static async Task<int> PlayAsync(RunSettings settings, CancellationToken cancellation)
    {
        OutputFolder.Check(settings.Out);
        if (settings.Port != 0) LiveServer.ThrowIfTaken(settings.Port);
        var recipe = Recipe.OneOf(settings);
        var trained = TrainedModel.LoadOrTrain(settings.Out, recipe, settings.Seed, cancellation);
        var map = GridMap.Seed;
        using var trainer = new LiveTrainer<LiveModel>(
            new LiveModel(map, trained.Model, recipe, recipe.Steps, trained.Seconds), () => new GridTraining(recipe, new Walks(map), settings.Seed));
        return await Play.RunAsync(trainer, settings.Port, Console.Out, Console.Error, cancellation).ConfigureAwait(false);
    }

    static string Shown(string path) => Path.GetRelativePath(Environment.CurrentDirectory, path);
}
