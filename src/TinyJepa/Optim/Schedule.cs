using TinyJepa.Kernels;

namespace TinyJepa.Optim;

/// <summary>Learning rates over the steps of a training run: linear warm-up, then half a cosine down to a floor.</summary>
public sealed record Schedule
{
    /// <summary>The highest rate.</summary>
    public required float Peak { get; init; }

    /// <summary>All steps of the run.</summary>
    public required long Steps { get; init; }

    /// <summary>Steps of warm-up: step s of them uses (s + 1)/WarmUp of the peak.</summary>
    public long WarmUp { get; init; }

    /// <summary>The rate at the end.</summary>
    public float Floor { get; init; }

    /// <summary>The rate of a step, counted from 0.</summary>
    public float At(long step)
    {
        if (step < WarmUp) return Peak * (step + 1) / WarmUp;
        if (step >= Steps) return Floor;
        // This library's cosine: the system's differs between machines in the last bit, and the learning rate reaches every weight.
        var progress = (float)((step - WarmUp) / (double)(Steps - WarmUp));
        return Floor + 0.5f * (Peak - Floor) * (1f + Functions.Cos(MathF.PI * progress));
    }
}
