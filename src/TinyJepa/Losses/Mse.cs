namespace TinyJepa.Losses;

/// <summary>The mean squared error.</summary>
public static class Mse
{
    /// <summary>Σ (prediction − target)²/n over all n elements.</summary>
    /// <param name="prediction">Any shape.</param>
    /// <param name="target">The same shape.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Tensor Of(Tensor prediction, Tensor target)
    {
        if (prediction.Shape != target.Shape) throw new ArgumentException($"Mse needs tensors of the same shape, not {prediction.Shape} with {target.Shape}.");
        return prediction.Subtract(target).Square().Mean();
    }
}
