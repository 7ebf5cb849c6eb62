using System.Globalization;
using TinyJepa.IO;

namespace TinyJepa.Samples.GridWorld;

/// <summary>A model that has been through its training, and what is known about it.</summary>
/// <param name="Model">The weights, with settled averages.</param>
/// <param name="Recipe">How they were trained.</param>
/// <param name="Seed">From which seed.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Steps">What every step told; empty where weights were read from a file.</param>
internal sealed record TrainedModel(GridModel Model, Recipe Recipe, long Seed, double Seconds, StepResult[] Steps)
{
    /// <summary>Trains a model while the terminal shows how it goes.</summary>
    public static TrainedModel Train(Recipe recipe, Walks walks, long seed, Checkpointing checkpoints, CancellationToken cancellation, string? name = null)
    {
        var training = new GridTraining(recipe, walks, seed);
        var steps = new StepResult[recipe.Steps];
        name ??= recipe.Name;
        var run = checkpoints.Run(name, seed, recipe, training.Steps).Add("told", steps);
        training.KeepIn(run);
        var first = run.Begin(cancellation);
        using (var progress = new TrainingProgress($"{name}, seed {seed}", training.Steps, first))
        {
            for (var step = first; step < steps.Length; run.After(++step, cancellation))
            {
                steps[step] = training.Step();
                progress.At(step + 1, steps[step].Loss, steps[step].Deviation);
            }
        }

        return new TrainedModel(training.Settled(), recipe, seed, run.Seconds, steps);
    }

    /// <summary>Where the weights of a recipe and seed are kept.</summary>
    public static string FileIn(string folder, Recipe recipe, long seed) => Path.Combine(folder, $"grid-world-{OutputFolder.NameOf(recipe.Name)}-{seed}.safetensors");

    /// <summary>Writes the weights, with how they came about.</summary>
    public void Save(string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        Safetensors.Save(file, Model.Parameters, new Dictionary<string, string>
        {
            ["recipe"] = Recipe.ToString(),
            ["seed"] = Seed.ToString(CultureInfo.InvariantCulture),
            ["train_seconds"] = Seconds.ToString("R", CultureInfo.InvariantCulture),
        });
    }

    /// <summary>Reads weights that <see cref="Save"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The file is broken or belongs to another recipe or seed.</exception>
    public static TrainedModel Load(string file, Recipe recipe, long seed)
    {
        var model = new GridModel(seed, recipe.Dropout);
        var metadata = model.Load(file);
        if (metadata.GetValueOrDefault("recipe") != recipe.ToString() || metadata.GetValueOrDefault("seed") != seed.ToString(CultureInfo.InvariantCulture))
            throw new InvalidDataException($"{file} was not trained by this version's recipe '{recipe.Name}' from seed {seed}. Delete it, or train again with: train --recipe {recipe.Name} --seed {seed}");
        var seconds = double.TryParse(metadata.GetValueOrDefault("train_seconds"), CultureInfo.InvariantCulture, out var value) ? value : double.NaN;
        return new TrainedModel(model, recipe, seed, seconds, []);
    }

    /// <summary>The model of an earlier run if its file is there, a freshly trained one otherwise.</summary>
    public static TrainedModel LoadOrTrain(string folder, Recipe recipe, long seed, CancellationToken cancellation)
    {
        var file = FileIn(folder, recipe, seed);
        if (File.Exists(file)) return Load(file, recipe, seed);
        using var claim = OutputFolder.Claim(folder);
        var trained = Train(recipe, new Walks(GridMap.Seed), seed, Checkpointing.None, cancellation);
        trained.Save(file);
        return trained;
    }
}
