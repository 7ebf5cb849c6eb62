namespace TinyJepa.Samples;

/// <summary>The figures of one training step. What a sample does not measure is NaN.</summary>
/// <param name="Loss">The loss.</param>
/// <param name="Std">Standard deviation of the latents over the batch, averaged over their dimensions; near 0 means collapse.</param>
/// <param name="Prediction">The prediction error, a part of the loss.</param>
/// <param name="Regulariser">The regulariser, before its weight.</param>
public readonly record struct StepResult(float Loss, float Std, float Prediction = float.NaN, float Regulariser = float.NaN);

/// <summary>
/// A training, step by step. Its checkpoints hold everything that later steps depend on, so an interrupted training ends in the same bits.
/// </summary>
public abstract class Training : IResumable
{
    long _step;

    /// <summary>All steps.</summary>
    public abstract int Steps { get; }

    /// <summary>Steps of the model itself, which learning curves show. A decoder may have its own after them.</summary>
    public virtual int ModelSteps => Steps;

    /// <summary>Steps that make one point of a learning curve: 1, or an epoch.</summary>
    public virtual int StepsPerPoint => 1;

    /// <summary>Does the next step.</summary>
    public StepResult Step() => Step((int)_step++);

    /// <summary>Adds everything that the rest of the training depends on to its checkpoints.</summary>
    public void AddTo(TrainingRun run)
    {
        AddParts(run);
        run.Add("training", this);
    }

    /// <summary>Does one step: loss, backward, optimiser.</summary>
    /// <param name="step">Counted from 0.</param>
    protected abstract StepResult Step(int step);

    /// <summary>Adds parameters, optimisers, random streams and whatever else the rest of the training depends on; the step is added already.</summary>
    protected abstract void AddParts(TrainingRun run);

    /// <summary>Schedules and phases follow from the step.</summary>
    void IResumable.Visit(StateVisitor state) => state.Visit("step", ref _step);
}

/// <summary>The training of a sample's model.</summary>
/// <param name="model">The model, with its initial weights.</param>
public abstract class Training<TModel>(TModel model) : Training where TModel : SampleModel
{
    /// <summary>The model that is being trained.</summary>
    public TModel Model => model;

    /// <summary>A copy of the weights as they are, ready to be measured. No later step changes it.</summary>
    public abstract TModel Snapshot();
}
