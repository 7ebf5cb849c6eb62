using TinyJepa.Optim;

namespace TinyJepa.Samples;

/// <summary>A constant learning rate that falls to zero along half a cosine at the end of a training.</summary>
/// <param name="rate">The constant rate.</param>
/// <param name="steps">All steps.</param>
/// <param name="fraction">The fraction of the steps, at the end, over which it falls.</param>
public sealed class Annealing(float rate, int steps, float fraction)
{
    readonly Schedule _end = new() { Peak = rate, Steps = (int)(fraction * steps) };

    /// <summary>The learning rate of a step, counted from 0.</summary>
    public float At(int step) => steps - step > _end.Steps ? rate : _end.At(_end.Steps - (steps - step));
}
