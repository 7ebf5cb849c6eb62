namespace TinyJepa.Nn;

/// <summary>
/// While a tape is open, sets random elements to zero and scales the others by 1/(1 − rate) (Srivastava et al. 2014); otherwise returns its input.
/// </summary>
/// <param name="rate">The probability of a zero, in [0, 1).</param>
/// <param name="rng">The random stream of the masks.</param>
public sealed class Dropout(float rate, Rng rng) : Layer
{
    /// <param name="x">Any shape.</param>
    /// <returns>x's shape.</returns>
    public override Tensor Forward(Tensor x) => x.Dropout(rate, rng);
}
