namespace TinyJepa.Nn;

/// <summary>
/// Multi-head self-attention (Vaswani et al. 2017, §3.2.2) with the checkpoint layout of LeWorldModel's predictor (and of vit-pytorch): queries,
/// keys and values come from one linear layer, <c>to_qkv</c>, and <c>to_out.0</c> follows. Optionally with a layer normalisation in front, a causal
/// mask, and dropout on the attention weights and on the output.
/// </summary>
/// <remarks><see cref="MultiHeadAttention"/> computes the same from three linear layers: choose by the checkpoint that is to be loaded.</remarks>
public sealed class PackedAttention : Layer
{
    readonly LayerNorm? _norm;
    readonly Linear _qkv, _output;
    readonly int _heads;
    readonly bool _causal;
    readonly float _rate;
    readonly Rng _rng;
    readonly Dropout _dropout;

    /// <summary>Creates <c>norm</c>, <c>to_qkv</c> [3·heads·headDim, dim] and <c>to_out.0</c>.</summary>
    /// <param name="p">The parameters at the layer's path.</param>
    /// <param name="dim">Size of a token.</param>
    /// <param name="heads">Number of heads.</param>
    /// <param name="headDim">Columns of a head; all heads together may be wider than a token.</param>
    /// <param name="norm">Whether the layer normalises its input.</param>
    /// <param name="bias">Whether queries, keys and values have biases.</param>
    /// <param name="causal">Whether a token attends only to itself and the tokens before it.</param>
    /// <param name="dropout">The dropout rate, on the attention weights and on the output.</param>
    /// <param name="rng">The random stream of the dropout masks; required only with dropout.</param>
    /// <exception cref="ArgumentException">A size is below 1, or the dropout rate is outside [0, 1).</exception>
    /// <exception cref="ArgumentNullException">There is dropout, but no random stream.</exception>
    public PackedAttention(
        Parameters p, int dim, int heads, int headDim, bool norm = true, bool bias = false, bool causal = false, float dropout = 0f, Rng? rng = null)
    {
        ArgumentNullException.ThrowIfNull(p);
        Require.Positive(heads, "The number of heads");
        Require.Positive(headDim, "The size of a head");
        Require.Rate(dropout, "The dropout rate");
        _rng = rng ?? (dropout == 0f ? new Rng(0) : throw new ArgumentNullException(nameof(rng)));
        (_heads, _causal, _rate, _dropout) = (heads, causal, dropout, new Dropout(dropout, _rng));
        if (norm) _norm = new LayerNorm(p["norm"], dim);
        _qkv = new Linear(p["to_qkv"], dim, 3 * heads * headDim, bias);
        _output = new Linear(p["to_out"]["0"], heads * headDim, dim);
    }

    /// <param name="x">[batch, tokens, dim]</param>
    /// <returns>[batch, tokens, dim]</returns>
    /// <exception cref="ArgumentException">x is not [batch, tokens, dim].</exception>
    public override Tensor Forward(Tensor x)
    {
        var qkv = _qkv.Forward(_norm?.Forward(x) ?? x);
        return _dropout.Forward(_output.Forward(qkv.SelfAttention(_heads, _causal, _rate, _rng)));
    }
}
