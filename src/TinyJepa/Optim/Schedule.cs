using TinyJepa.Kernels;

namespace TinyJepa.Optim;

/// <summary>Learning rates over the steps of a training run: linear warm-up, then cosine decay to a floor.</summary>
public sealed record Schedule
{
    /// <summary>The highest learning rate.</summary>
    public required float Peak { get; init; }

    /// <summary>Steps of the run, warm-up included.</summary>
    public required long Steps { get; init; }

    /// <summary>Steps of linear warm-up: step s of them has the rate Peak·(s + 1)/WarmUp.</summary>
    public long WarmUp { get; init; }

    /// <summary>The learning rate at the end.</summary>
    public float Floor { get; init; }

    /// <summary>The learning rate of a step.</summary>
    /// <param name="step">Counted from 0.</param>
    public float At(long step)
    {
        if (step < WarmUp) return Peak * (step + 1) / WarmUp;
        if (step >= Steps) return Floor;
        // This library's cosine: the system's differs between machines in the last bit, and the learning rate reaches every weight.
        var progress = (float)((step - WarmUp) / (double)(Steps - WarmUp));
        return Floor + 0.5f * (Peak - Floor) * (1f + Functions.Cos(MathF.PI * progress));
    }
}
