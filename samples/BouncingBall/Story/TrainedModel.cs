using System.Globalization;
using TinyJepa.IO;

namespace TinyJepa.Samples.BouncingBall;

/// <summary>A model that has been through its training, and what is known about it.</summary>
/// <param name="Model">The weights.</param>
/// <param name="Seed">The seed it was trained from.</param>
/// <param name="Seconds">How long that took.</param>
/// <param name="Processor">How much processor time it took, which does not grow with what else the machine does.</param>
/// <param name="Losses">The mean loss of every epoch.</param>
/// <param name="Errors">The mean prediction error of every epoch: the loss without SIGReg.</param>
internal sealed record TrainedModel(BallModel Model, long Seed, double Seconds, double Processor, double[] Losses, double[] Errors)
{
    const int MostSeeds = 32;               // that a chart of curves could show

    public Recipe Recipe => Model.Recipe;

    /// <summary>Trains a model while the terminal shows how it goes.</summary>
    public static TrainedModel Train(Recipe recipe, Trajectories pool, long seed, Checkpointing checkpoints, CancellationToken cancellation)
    {
        var training = new BallTraining(recipe, pool, seed);
        var epochs = (training.Steps + training.StepsPerEpoch - 1) / training.StepsPerEpoch;
        var (losses, errors) = (new double[epochs], new double[epochs]);
        var run = checkpoints.Run(recipe.Name, seed, recipe, training.Steps).Add("losses", losses).Add("errors", errors);
        training.KeepIn(run);
        var first = run.Begin(cancellation);
        using (var progress = new TrainingProgress($"{recipe.Name}, seed {seed}", training.Steps, first))
        {
            for (var step = first; step < training.Steps; run.After(++step, cancellation))
            {
                var (loss, deviation) = training.Step();
                var epoch = step / training.StepsPerEpoch;
                var share = Math.Min(training.StepsPerEpoch, training.Steps - epoch * training.StepsPerEpoch);
                losses[epoch] += loss / share;
                errors[epoch] += training.PredictionError / share;
                progress.At(step + 1, loss, deviation);
            }
        }

        return new TrainedModel(training.Model, seed, run.Seconds, run.Processor, losses, errors);
    }

    /// <summary>Where the weights of a recipe and seed are kept.</summary>
    public static string FileIn(string folder, Recipe recipe, long seed) => Path.Combine(folder, $"bouncing-ball-{recipe.FileName}-{seed}.safetensors");

    /// <summary>Writes the weights, with how they came about.</summary>
    public void Save(string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        Safetensors.Save(file, Model.Parameters, new Dictionary<string, string>
        {
            ["recipe"] = Recipe.ToString(),
            ["window"] = Recipe.Window.ToString(CultureInfo.InvariantCulture),         // these three are all that another program needs to run it
            ["ahead"] = Recipe.Ahead.ToString(CultureInfo.InvariantCulture),
            ["activation"] = "relu",
            ["seed"] = Seed.ToString(CultureInfo.InvariantCulture),
            ["train_seconds"] = Seconds.ToString("R", CultureInfo.InvariantCulture),
            ["processor_seconds"] = Processor.ToString("R", CultureInfo.InvariantCulture),
            ["losses"] = string.Join(' ', Losses.Select(loss => loss.ToString("R", CultureInfo.InvariantCulture))),
            ["errors"] = string.Join(' ', Errors.Select(error => error.ToString("R", CultureInfo.InvariantCulture))),
        });
    }

    /// <summary>Reads weights that <see cref="Save"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The file is broken or belongs to another recipe or seed.</exception>
    public static TrainedModel Load(string file, Recipe recipe, long seed)
    {
        var model = new BallModel(recipe, width: 1, seed);
        var metadata = model.Load(file);
        if (metadata.GetValueOrDefault("recipe") != recipe.ToString() || metadata.GetValueOrDefault("seed") != seed.ToString(CultureInfo.InvariantCulture))
            throw new InvalidDataException($"{file} was not trained by this version's recipe '{recipe.Name}' from seed {seed}. Delete it, or train again with: train --recipe {recipe.Root} --seed {seed}");
        double[] Numbers(string name) =>
            [.. metadata.GetValueOrDefault(name, "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => double.TryParse(word, CultureInfo.InvariantCulture, out var value) ? value : double.NaN)];
        return new TrainedModel(model, seed, Numbers("train_seconds").FirstOrDefault(double.NaN), Numbers("processor_seconds").FirstOrDefault(double.NaN), Numbers("losses"), Numbers("errors"));
    }

    /// <summary>The model of an earlier run if its file is there, a freshly trained one otherwise.</summary>
    public static TrainedModel LoadOrTrain(string folder, Recipe recipe, Trajectories pool, long seed, CancellationToken cancellation)
    {
        var file = FileIn(folder, recipe, seed);
        if (File.Exists(file)) return Load(file, recipe, seed);
        using var claim = OutputFolder.Claim(folder);
        var trained = Train(recipe, pool, seed, Checkpointing.None, cancellation);
        trained.Save(file);
        return trained;
    }

    /// <summary>The models of a recipe from all seeds that a folder has, as far as they are sound.</summary>
    public static IReadOnlyList<TrainedModel> AllIn(string folder, Recipe recipe)
    {
        var models = new List<TrainedModel>();
        for (var seed = 0; seed < MostSeeds; seed++)
        {
            if (!File.Exists(FileIn(folder, recipe, seed))) continue;
            try
            {
                models.Add(Load(FileIn(folder, recipe, seed), recipe, seed));
            }
            catch (InvalidDataException)
            {
                // Of another version, or broken: it is only missing from a chart.
            }
        }

        return models;
    }
}
