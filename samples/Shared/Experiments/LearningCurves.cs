namespace TinyJepa.Samples;

/// <summary>What a training measured, one point for each step or each epoch; a point is the mean over its steps.</summary>
/// <param name="Loss">[points]</param>
/// <param name="Prediction">The prediction error, a part of the loss: [points].</param>
/// <param name="Regulariser">The regulariser, before its weight: [points].</param>
/// <param name="Std">Standard deviation of the latents over the batch: [points].</param>
public sealed record LearningCurves(double[] Loss, double[] Prediction, double[] Regulariser, double[] Std)
{
    /// <summary>The curves of a model whose weights were read from a file.</summary>
    public static LearningCurves None { get; } = new([], [], [], []);

    /// <summary>Curves to be filled by a training.</summary>
    internal static LearningCurves Of(Training training)
    {
        var points = (training.ModelSteps + training.StepsPerPoint - 1) / training.StepsPerPoint;
        return new(new double[points], new double[points], new double[points], new double[points]);
    }

    /// <summary>Adds the figures of a step, counted from 0.</summary>
    internal void Add(Training training, int step, StepResult result)
    {
        if (step >= training.ModelSteps) return;
        var point = step / training.StepsPerPoint;
        var steps = Math.Min(training.StepsPerPoint, training.ModelSteps - point * training.StepsPerPoint);
        Loss[point] += result.Loss / steps;
        Prediction[point] += result.Prediction / steps;
        Regulariser[point] += result.Regulariser / steps;
        Std[point] += result.Std / steps;
    }

    /// <summary>Adds the curves to the checkpoints of their training, so that they have no gap.</summary>
    internal void AddTo(TrainingRun run) => run.Add("loss", Loss).Add("prediction", Prediction).Add("regulariser", Regulariser).Add("std", Std);
}
