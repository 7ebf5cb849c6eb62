namespace TinyJepa.Nn;

/// <summary>
/// A block of a vision transformer (Dosovitskiy et al. 2021, eq. 2, 3): x += attention(norm(x)), then x += mlp(norm(x)).
/// Parameters are named as in Hugging Face's ViT.
/// </summary>
public sealed class TransformerBlock : Layer
{
    readonly LayerNorm _before, _after;
    readonly MultiHeadAttention _attention;
    readonly Linear _widen, _narrow;
    readonly Activation _activation;

    /// <summary>Creates <c>layernorm_before</c>, <c>attention</c>, <c>layernorm_after</c>, <c>intermediate.dense</c> and <c>output.dense</c>.</summary>
    /// <param name="p">The parameters at the block's path.</param>
    /// <param name="dim">Size of a token.</param>
    /// <param name="heads">Number of heads; each has dim/heads columns.</param>
    /// <param name="mlpDim">Size of the hidden layer.</param>
    /// <param name="epsilon">Added to the variances of the normalisations.</param>
    /// <param name="init">Initial weights, with biases of zero; by default as PyTorch's linear layers.</param>
    /// <param name="activation">Applied to the hidden layer; the exact GELU by default.</param>
    /// <exception cref="ArgumentException"><paramref name="dim"/> is no multiple of <paramref name="heads"/>.</exception>
    public TransformerBlock(Parameters p, int dim, int heads, int mlpDim, float epsilon = 1e-12f, Initializer? init = null, Activation? activation = null)
    {
        ArgumentNullException.ThrowIfNull(p);
        Require.Positive(mlpDim, "The hidden size");
        var biasInit = init is null ? null : Init.Zero;
        _before = new LayerNorm(p["layernorm_before"], dim, epsilon);
        _attention = new MultiHeadAttention(p["attention"], dim, heads, init);
        _after = new LayerNorm(p["layernorm_after"], dim, epsilon);
        _widen = new Linear(p["intermediate"]["dense"], dim, mlpDim, init: init, biasInit: biasInit);
        _narrow = new Linear(p["output"]["dense"], mlpDim, dim, init: init, biasInit: biasInit);
        _activation = activation ?? Activation.Gelu;
    }

    /// <param name="x">[batch, tokens, dim]</param>
    /// <returns>[batch, tokens, dim]</returns>
    public override Tensor Forward(Tensor x)
    {
        var all = _before.Forward(x);
        return AddMlp(_attention.ForwardAdd(all, all, x));
    }

    /// <summary>The block's output for the first token only: that of <see cref="Forward"/> up to rounding, in about a sixth of the time.</summary>
    /// <param name="x">[batch, tokens, dim]</param>
    /// <returns>[batch, 1, dim]</returns>
    public Tensor ForwardFirst(Tensor x)
    {
        var all = _before.Forward(x);
        return AddMlp(_attention.ForwardAdd(all.Slice(1, 0, 1), all, x.Slice(1, 0, 1)));
    }

    Tensor AddMlp(Tensor x) => _narrow.ForwardAdd(_widen.Forward(_after.Forward(x), _activation), x);
}
