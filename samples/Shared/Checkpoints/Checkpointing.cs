using System.Globalization;
using TinyJepa.IO;

namespace TinyJepa.Samples;

/// <summary>Where checkpoints are written, how often, and whether trainings resume from them.</summary>
/// <param name="Folder">Each training has a folder of its own in it.</param>
/// <param name="Every">Steps from one checkpoint to the next; 0 writes none.</param>
/// <param name="Resume">Whether to resume from the newest sound checkpoint. Otherwise a training starts from scratch, and its old ones are removed.</param>
public sealed record Checkpointing(string Folder, int Every, bool Resume)
{
    /// <summary>No checkpoints.</summary>
    public static Checkpointing None { get; } = new("", 0, false);

    /// <summary>Prepares a training.</summary>
    /// <param name="name">What is trained: with the seed, the name of its folder.</param>
    /// <param name="seed">The training seed.</param>
    /// <param name="recipe">A record: what must be the same, property by property, or the bits would differ.</param>
    /// <param name="steps">All steps.</param>
    public TrainingRun Run(string name, long seed, object recipe, int steps)
    {
        if (Every == 0) return new TrainingRun($"{name}, seed {seed}", steps, Every, Resume, null, "");
        var folder = Path.Combine(Folder, $"{OutputFolder.NameOf(name)}-{seed}");
        var checkpoint = new Checkpoint(folder, keep: 2) { Config = { ["seed"] = seed.ToString(CultureInfo.InvariantCulture) } };
        foreach (var property in recipe.GetType().GetProperties().Where(property => property.CanWrite))
            checkpoint.Config[property.Name] = Convert.ToString(property.GetValue(recipe), CultureInfo.InvariantCulture) ?? "";
        return new TrainingRun($"{name}, seed {seed}", steps, Every, Resume, checkpoint, folder);
    }
}
