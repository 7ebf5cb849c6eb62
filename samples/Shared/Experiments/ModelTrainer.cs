using System.Globalization;

namespace TinyJepa.Samples;

/// <summary>Trains the models of a sample, saves their weights and loads them again.</summary>
/// <param name="fileName">How the names of weight files begin.</param>
public abstract class ModelTrainer<TRecipe, TModel>(string fileName) where TRecipe : class, IRecipe<TRecipe> where TModel : SampleModel
{
    /// <summary>How the names of weight files begin, and the folder of results below <c>out</c>.</summary>
    public string FileName => fileName;

    /// <summary>A model with initial weights.</summary>
    public abstract TModel NewModel(TRecipe recipe, long seed);

    /// <summary>A training at its first step.</summary>
    public abstract Training<TModel> NewTraining(TRecipe recipe, long seed);

    /// <summary>Trains a model while the terminal shows the progress.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled; a checkpoint has been written if there are any.</exception>
    public TrainedModel<TRecipe, TModel> Train(TRecipe recipe, long seed, Checkpointing checkpoints, CancellationToken cancellation = default) =>
        Train(NewTraining(recipe, seed), recipe.Name, recipe, seed, checkpoints, cancellation);

    /// <summary>Trains a model on other data than the sample's own.</summary>
    /// <param name="training">The training at its first step.</param>
    /// <param name="name">What is trained, for the terminal and the folder of checkpoints.</param>
    /// <param name="recipe">The recipe.</param>
    /// <param name="seed">The training seed.</param>
    /// <param name="checkpoints">Whether, where and how often to write checkpoints.</param>
    /// <param name="cancellation">Stops the training after a step.</param>
    public TrainedModel<TRecipe, TModel> Train(
        Training<TModel> training, string name, TRecipe recipe, long seed, Checkpointing checkpoints, CancellationToken cancellation = default)
    {
        var curves = LearningCurves.Of(training);
        var run = checkpoints.Run(name, seed, recipe, training.Steps);
        curves.AddTo(run);
        training.AddTo(run);
        var first = run.Begin(cancellation);
        using (var progress = new TrainingProgress($"{name}, seed {seed}", training.Steps, first))
        {
            for (var step = first; step < training.Steps; run.After(++step, cancellation))
            {
                var result = training.Step();
                curves.Add(training, step, result);
                progress.At(step + 1, result.Loss, result.Std);
            }
        }

        return new(training.Snapshot(), recipe, seed, run.Seconds, run.ProcessorSeconds, curves);
    }

    /// <summary>Trains a model and saves its weights in a folder.</summary>
    public TrainedModel<TRecipe, TModel> TrainAndSave(
        TRecipe recipe, long seed, string folder, Checkpointing checkpoints, CancellationToken cancellation = default)
    {
        var trained = Train(recipe, seed, checkpoints, cancellation);
        Save(trained, FileIn(folder, recipe, seed));
        return trained;
    }

    /// <summary>The file with the weights of a recipe and seed.</summary>
    public string FileIn(string folder, TRecipe recipe, long seed) => Path.Combine(folder, $"{FileName}-{OutputFolder.NameOf(recipe.Name)}-{seed}.safetensors");

    /// <summary>Writes the weights, with the recipe, the seed and the time of their training.</summary>
    public void Save(TrainedModel<TRecipe, TModel> trained, string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        trained.Model.Save(file, new Dictionary<string, string>(Metadata(trained))
        {
            ["recipe"] = trained.Recipe.ToString()!,
            ["seed"] = trained.Seed.ToString(CultureInfo.InvariantCulture),
            ["train_seconds"] = trained.Seconds.ToString("R", CultureInfo.InvariantCulture),
            ["processor_seconds"] = trained.ProcessorSeconds.ToString("R", CultureInfo.InvariantCulture),
        });
    }

    /// <summary>Reads weights that <see cref="Save"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The file is broken or belongs to another recipe or seed.</exception>
    public TrainedModel<TRecipe, TModel> Load(string file, TRecipe recipe, long seed)
    {
        var model = NewModel(recipe, seed);
        var metadata = model.Load(file);
        if (metadata.GetValueOrDefault("recipe") != recipe.ToString() || metadata.GetValueOrDefault("seed") != seed.ToString(CultureInfo.InvariantCulture))
            throw new InvalidDataException(
                $"{file} was not trained by this version's recipe '{recipe.Name}' from seed {seed}. "
                + $"Delete it, or train again with: train --recipe {recipe.Name.Split(", ")[0]} --seed {seed}");
        return new(model, recipe, seed, Number("train_seconds"), Number("processor_seconds"), CurvesOf(metadata));

        double Number(string name) => double.TryParse(metadata.GetValueOrDefault(name), CultureInfo.InvariantCulture, out var value) ? value : double.NaN;
    }

    /// <summary>The model of an earlier run if its file is there, a freshly trained one otherwise.</summary>
    /// <exception cref="InvalidDataException">There is a file, but it is broken or belongs to another recipe or seed.</exception>
    public TrainedModel<TRecipe, TModel> LoadOrTrain(string folder, TRecipe recipe, long seed, CancellationToken cancellation = default)
    {
        var file = FileIn(folder, recipe, seed);
        if (File.Exists(file)) return Load(file, recipe, seed);
        using var claim = OutputFolder.Claim(folder);
        return TrainAndSave(recipe, seed, folder, Checkpointing.None, cancellation);
    }

    /// <summary>Further texts to store with the weights.</summary>
    protected virtual IReadOnlyDictionary<string, string> Metadata(TrainedModel<TRecipe, TModel> trained) => new Dictionary<string, string>();

    /// <summary>The learning curves that <see cref="Metadata"/> stored, if it does.</summary>
    protected virtual LearningCurves CurvesOf(IReadOnlyDictionary<string, string> metadata) => LearningCurves.None;
}
