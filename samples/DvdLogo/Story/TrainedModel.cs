using System.Globalization;
using TinyJepa.IO;

namespace TinyJepa.Samples.DvdLogo;

/// <summary>A model that has been through its training, and what is known about it.</summary>
/// <param name="Model">The weights.</param>
/// <param name="Recipe">How they were trained.</param>
/// <param name="Seed">From which seed.</param>
/// <param name="Seconds">How long it took, the decoder included.</param>
/// <param name="Losses">The loss of every step of the encoder and predictor.</param>
/// <param name="Deviations">The embedding's mean deviation over the batch at every such step.</param>
internal sealed record TrainedModel(DvdModel Model, Recipe Recipe, long Seed, double Seconds, float[] Losses, float[] Deviations)
{
    /// <summary>Trains a model while the terminal shows how it goes.</summary>
    public static TrainedModel Train(Recipe recipe, DvdSequences clips, long seed, Checkpointing checkpoints, CancellationToken cancellation)
    {
        var training = new DvdTraining(recipe, clips, seed);
        var (losses, deviations) = (new float[recipe.Steps], new float[recipe.Steps]);
        var run = checkpoints.Run(recipe.Name, seed, recipe, training.Steps).Add("losses", losses).Add("deviations", deviations);
        training.KeepIn(run);
        var first = run.Begin(cancellation);
        using (var progress = new TrainingProgress($"{recipe.Name}, seed {seed}", training.Steps, first))
        {
            for (var step = first; step < training.Steps; run.After(++step, cancellation))
            {
                var (loss, deviation) = training.Step();
                if (step < recipe.Steps) (losses[step], deviations[step]) = (loss, deviation);
                progress.At(step + 1, loss, deviation);
            }
        }

        return new TrainedModel(training.Model, recipe, seed, run.Seconds, losses, deviations);
    }

    /// <summary>Where the weights of a recipe and seed are kept.</summary>
    public static string FileIn(string folder, Recipe recipe, long seed) => Path.Combine(folder, $"dvd-logo-{OutputFolder.NameOf(recipe.Name)}-{seed}.safetensors");

    /// <summary>Writes the weights, with how they came about.</summary>
    public void Save(string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        Safetensors.Save(file, Model.Tensors, new Dictionary<string, string>
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
        var model = new DvdModel(seed, recipe.Skip);
        var metadata = model.Load(file);
        if (metadata.GetValueOrDefault("recipe") != recipe.ToString() || metadata.GetValueOrDefault("seed") != seed.ToString(CultureInfo.InvariantCulture))
            throw new InvalidDataException($"{file} was not trained by this version's recipe '{recipe.Name}' from seed {seed}. Delete it, or train again with: train --recipe {recipe.Name} --seed {seed}");
        var seconds = double.TryParse(metadata.GetValueOrDefault("train_seconds"), CultureInfo.InvariantCulture, out var value) ? value : double.NaN;
        return new TrainedModel(model, recipe, seed, seconds, [], []);
    }

    /// <summary>The model of an earlier run if its file is there, a freshly trained one otherwise.</summary>
    public static TrainedModel LoadOrTrain(string folder, Recipe recipe, long seed, CancellationToken cancellation)
    {
        var file = FileIn(folder, recipe, seed);
        if (File.Exists(file)) return Load(file, recipe, seed);
        using var claim = OutputFolder.Claim(folder);
        var trained = Train(recipe, DvdWorld.MakeSequences(), seed, Checkpointing.None, cancellation);
        trained.Save(file);
        return trained;
    }
}
