namespace TinyJepa.Samples;

/// <summary>How far a training is. A finished or stopped one keeps its last figures.</summary>
public sealed record LiveProgress
{
    /// <summary>Nothing has been trained yet.</summary>
    public static readonly LiveProgress None = new();

    /// <summary>Whether steps are being made.</summary>
    public bool Running { get; init; }

    /// <summary>Why the training failed, if it did.</summary>
    public string? Failure { get; init; }

    /// <summary>Steps made.</summary>
    public int Step { get; init; }

    /// <summary>Steps of the whole training.</summary>
    public int Steps { get; init; }

    /// <summary>Steps of the model itself, which the curve shows; a decoder may have its own after them.</summary>
    public int ModelSteps { get; init; }

    /// <summary>The last step's loss.</summary>
    public float Loss { get; init; }

    /// <summary>Standard deviation of the latents over a batch, averaged over their dimensions: 0 is collapse.</summary>
    public float Std { get; init; }

    /// <summary>Pace since the training began.</summary>
    public double StepsPerSecond { get; init; }

    /// <summary>Time to the end at that pace; NaN before it is known.</summary>
    public double SecondsLeft => StepsPerSecond > 0 ? (Steps - Step) / StepsPerSecond : double.NaN;

    /// <summary>The model's whole curve in at most <see cref="LossCurve.Length"/> values, for tabs that join late; not a number where nothing was measured.</summary>
    public float[] Curve { get; init; } = [];
}

/// <summary>A loss curve of fixed size: each of its values is the mean over an equal part of the steps.</summary>
internal sealed class LossCurve(int steps)
{
    public const int Length = 120;

    readonly double[] _sums = new double[Length];
    readonly int[] _counts = new int[Length];

    public void Add(int step, float loss)
    {
        var at = (int)((long)(step - 1) * Length / steps);
        _sums[at] += loss;
        _counts[at]++;
    }

    /// <summary>Up to the last value that was reached.</summary>
    public float[] ToArray()
    {
        var reached = Array.FindLastIndex(_counts, n => n > 0) + 1;
        var curve = new float[reached];
        for (var i = 0; i < reached; i++) curve[i] = (float)(_sums[i] / _counts[i]);
        return curve;
    }
}
