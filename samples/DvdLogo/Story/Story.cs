using Spectre.Console;
using TinyJepa.IO;

namespace TinyJepa.Samples.DvdLogo;

/// <summary>What each command does, from the training to the last line it prints.</summary>
internal static class Story
{
    /// <summary>Everything: both recipes, the table, the figures, the report, and the way to the live page.</summary>
    public static async Task<int> Tell(RunSettings settings, CancellationToken cancellation)
    {
        var code = await Report(settings, cancellation).ConfigureAwait(false);
        if (code == 0) AnsiConsole.WriteLine("The live page: dotnet run -c Release --project samples/DvdLogo -- play");
        return code;
    }

    /// <summary>Trains one model, saves it and prints its figures.</summary>
    public static Task<int> Train(RunSettings settings, CancellationToken cancellation)
    {
        using var claim = settings.Claim();
        var trained = TrainedModel.Train(Recipe.OneOf(settings), DvdWorld.MakeSequences(), settings.Seed, settings.Checkpoints, cancellation);
        var file = TrainedModel.FileIn(settings.Out, Recipe.OneOf(settings), settings.Seed);
        var study = new Study { Recipe = Recipe.OneOf(settings) };
        study.Add(trained, Examination.Of(trained.Model, new FreshClips(), settings.Seed));
        var metrics = study.Metrics();
        metrics.Write(settings.JsonFile);
        trained.Save(file);
        foreach (var figure in metrics.Figures) AnsiConsole.WriteLine($"{figure.Name,-28} {figure}");
        Console.WriteLine($"Weights: {Shown(file)}");
        Console.WriteLine($"Figures: {Shown(settings.JsonFile)}");
        return Task.FromResult(0);
    }

    /// <summary>Trains the recipes from each seed, examines the models on fresh clips and writes what came out.</summary>
    public static Task<int> Report(RunSettings settings, CancellationToken cancellation)
    {
        using var claim = settings.Claim();
        AnsiConsole.WriteLine($"{Threads.Limit} threads. Every model is examined on {FreshClips.Count:N0} fresh clips for each measurement.");
        var fresh = new FreshClips();
        var controls = Controls.Of(fresh);
        Recipe[] recipes = settings.Recipe is { } one ? [Recipe.Named(one)] : [Recipe.Published, Recipe.Best];
        Study[] studies = [.. recipes.Select(recipe => new Study { Recipe = recipe })];
        for (var i = 0; i < settings.Seeds; i++)
        {
            var seed = (long)settings.Seed + i;
            foreach (var study in studies)
            {
                var trained = TrainedModel.Train(study.Recipe, fresh.Training, seed, settings.Checkpoints, cancellation);
                trained.Save(TrainedModel.FileIn(settings.Out, study.Recipe, seed));
                study.Add(trained, Examination.Of(trained.Model, fresh, seed));
            }
        }

        var table = Claims.Table(Array.Find(studies, s => s.Recipe == Recipe.Published), Array.Find(studies, s => s.Recipe == Recipe.Best), controls);
        table.Print();
        Console.Write(AsciiDream.Draw(studies[^1].First.Model, seed: 7));
        studies[^1].Metrics().Write(settings.JsonFile);
        AnsiConsole.WriteLine($"Figures: {Shown(settings.JsonFile)}");
        if (studies.Length > 1) studies[0].Metrics().Write(Path.Combine(settings.Out, "metrics-published.json"));
        if (!settings.Page) return Task.FromResult(0);

        AnsiConsole.WriteLine("Six shorter trainings for the report's ablation, about a minute:");
        var page = Path.Combine(settings.Out, "report.html");
        var ablations = Ablation.Run(fresh.Training, settings.Seed, settings.Checkpoints, cancellation);
        AnsiConsole.WriteLine($"Embedding deviation at the steps {string.Join(", ", Ablation.Steps)}, and the final loss:");
        foreach (var ablation in ablations) Console.WriteLine($"  {ablation.Name,-34} {string.Join("  ", ablation.Row.Skip(1).Select(cell => $"{cell,8}"))}");
        DvdReport.Of(studies, table, fresh, ablations).Write(page);
        AnsiConsole.WriteLine($"Report:  {Shown(page)}");
        return Task.FromResult(0);
    }

    /// <summary>Prints a decoder-free dream.</summary>
    public static Task<int> Dream(RunSettings settings, uint clip, CancellationToken cancellation)
    {
        OutputFolder.Check(settings.Out);
        var trained = TrainedModel.LoadOrTrain(settings.Out, Recipe.OneOf(settings), settings.Seed, cancellation);
        Console.Write(AsciiDream.Draw(trained.Model, clip));
        return Task.FromResult(0);
    }

    /// <summary>Writes the networks by which the model is judged, for ONNX Runtime.</summary>
    public static Task<int> Export(RunSettings settings, CancellationToken cancellation)
    {
        OutputFolder.Check(settings.Out);
        var (recipe, seed) = (Recipe.OneOf(settings), settings.Seed);
        var model = TrainedModel.LoadOrTrain(settings.Out, recipe, seed, cancellation).Model;
        Write("encoder", ("observations", [DvdSequences.ObservationLength]), x => ("latents", model.Slow.Forward(x)));
        Write("predictor", ("latents", [DvdModel.Latent]), z => ("next", model.Predict(z)));
        Write("decoder", ("latents", [DvdModel.Latent]), z => ("pictures", model.Decode(z)));
        return Task.FromResult(0);

        void Write(string part, (string, Shape) input, Func<Tensor, (string, Tensor)> forward)
        {
            var file = Path.ChangeExtension(TrainedModel.FileIn(settings.Out, recipe, seed), $".{part}.onnx");
            Onnx.Save(file, input, forward, model.Parameters, model.Target, model.Drawing);
            AnsiConsole.WriteLine(Shown(file));
        }
    }

    /// <summary>Serves the live page.</summary>
    public static async Task<int> PlayAsync(RunSettings settings, CancellationToken cancellation)
    {
        OutputFolder.Check(settings.Out);
        if (settings.Port != 0) LiveServer.ThrowIfTaken(settings.Port);
        var recipe = Recipe.OneOf(settings);
        var trained = TrainedModel.LoadOrTrain(settings.Out, recipe, settings.Seed, cancellation);
        var clips = DvdWorld.MakeSequences();
        using var trainer = new LiveTrainer<LiveModel>(
            new LiveModel(trained.Model, recipe, recipe.TotalSteps, trained.Seconds), () => new DvdTraining(recipe, clips, settings.Seed));
        return await Play.RunAsync(trainer, settings.Port, Console.Out, Console.Error, cancellation).ConfigureAwait(false);
    }

    static string Shown(string path) => Path.GetRelativePath(Environment.CurrentDirectory, path);
}
