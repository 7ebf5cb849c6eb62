namespace TinyJepa.Samples;

/// <summary>A model as a live page shows it. It never changes: every tab may use it at once while its successor is being trained.</summary>
public abstract class PageModel
{
    /// <param name="model">Weights that no training changes any more.</param>
    /// <param name="recipe">The name of the recipe.</param>
    /// <param name="step">The step of training they come from.</param>
    /// <param name="steps">All steps.</param>
    /// <param name="seconds">The time the training took so far.</param>
    protected PageModel(SampleModel model, string recipe, int step, int steps, double seconds)
    {
        (Hash, Count, RecipeName, Step, Steps, Seconds) = (model.Hash, model.Count, recipe, step, steps, seconds);
    }

    /// <summary>Differs when any weight differs in any bit.</summary>
    public string Hash { get; }

    /// <summary>Trained values.</summary>
    public int Count { get; }

    /// <summary>The name of the recipe.</summary>
    public string RecipeName { get; }

    /// <summary>Steps done.</summary>
    public int Step { get; }

    /// <summary>All steps.</summary>
    public int Steps { get; }

    /// <summary>The time the training took so far.</summary>
    public double Seconds { get; }

    /// <summary>Whether the training is complete.</summary>
    public bool IsComplete => Step == Steps;
}
