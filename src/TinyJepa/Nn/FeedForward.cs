namespace TinyJepa.Nn;

/// <summary>
/// The MLP of a transformer block (Vaswani et al. 2017, eq. 2) in LeWorldModel's layout: normalisation, linear layer, activation,
/// dropout, linear layer, dropout, numbered as in PyTorch's Sequential.
/// </summary>
public sealed class FeedForward : Layer
{
    readonly LayerNorm? _norm;
    readonly Linear _widen, _narrow;
    readonly Dropout _dropout;
    readonly Activation _activation;

    /// <summary>Creates <c>net.0</c>, <c>net.1</c> and <c>net.4</c>; without a normalisation <c>net.0</c> and <c>net.3</c>.</summary>
    /// <param name="p">The parameters at the layer's path.</param>
    /// <param name="dim">Size of a token.</param>
    /// <param name="hidden">Size of the hidden layer.</param>
    /// <param name="norm">Whether the layer normalises its input.</param>
    /// <param name="dropout">The dropout rate, after the activation and on the output.</param>
    /// <param name="rng">The random stream of the dropout masks; required only with dropout.</param>
    /// <param name="activation">Applied to the hidden layer; GELU by default.</param>
    /// <exception cref="ArgumentException">The dropout rate is outside [0, 1).</exception>
    /// <exception cref="ArgumentNullException">There is dropout, but no random stream.</exception>
    public FeedForward(Parameters p, int dim, int hidden, bool norm = true, float dropout = 0f, Rng? rng = null, Activation? activation = null)
    {
        ArgumentNullException.ThrowIfNull(p);
        Require.Rate(dropout, "The dropout rate");
        rng ??= dropout == 0f ? new Rng(0) : throw new ArgumentNullException(nameof(rng));
        p = p["net"];
        if (norm) _norm = new LayerNorm(p["0"], dim);
        _widen = new Linear(p[norm ? "1" : "0"], dim, hidden);
        _narrow = new Linear(p[norm ? "4" : "3"], hidden, dim);
        _dropout = new Dropout(dropout, rng);
        _activation = activation ?? Activation.Gelu;
    }

    /// <param name="x">[…, dim]</param>
    /// <returns>[…, dim]</returns>
    public override Tensor Forward(Tensor x) =>
        _dropout.Forward(_narrow.Forward(_dropout.Forward(_widen.Forward(_norm?.Forward(x) ?? x, _activation))));
}
