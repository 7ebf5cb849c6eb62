namespace TinyJepa.Nn;

/// <summary>Zeroes a share of the numbers while a tape is open, and does nothing otherwise (Srivastava et al. 2014).</summary>
/// <param name="rate">The probability of a zero, in [0, 1).</param>
/// <param name="rng">The stream of the masks.</param>
public sealed class Dropout(float rate, Rng rng) : Layer
{
    /// <param name="x">Any shape.</param>
    /// <returns>x's shape.</returns>
    public override Tensor Forward(Tensor x) => x.Dropout(rate, rng);
}
