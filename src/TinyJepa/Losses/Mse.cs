namespace TinyJepa.Losses;

/// <summary>The mean of squared differences.</summary>
public static class Mse
{
    /// <summary>Σ (prediction − target)²/n over all numbers.</summary>
    /// <param name="prediction">Any shape.</param>
    /// <param name="target">The same shape.</param>
    /// <returns>A scalar.</returns>
    public static Tensor Of(Tensor prediction, Tensor target)
    {
        if (prediction.Shape != target.Shape) throw new ArgumentException($"Mse compares tensors of one shape, not {prediction.Shape} with {target.Shape}.");
        return prediction.Subtract(target).Square().Mean();
    }
}
