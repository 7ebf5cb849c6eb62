namespace TinyJepa.Nn;

/// <summary>
/// Self-attention whose queries, keys and values come from one linear layer (Vaswani et al. 2017, eq. 1), as LeWorldModel's predictor has it:
/// a normalisation of its own, heads that may be wider together than a token, dropout on the shares and on the answer.
/// </summary>
public sealed class PackedAttention : Layer
{
    readonly LayerNorm? _norm;
    readonly Linear _qkv, _output;
    readonly int _heads;
    readonly bool _causal;
    readonly float _rate;
    readonly Rng _rng;
    readonly Dropout _dropout;

    /// <summary>Builds <c>norm</c>, <c>to_qkv</c> [3·heads·headDim, dim] and <c>to_out.0</c>.</summary>
    /// <param name="p">The layer's place among the parameters.</param>
    /// <param name="dim">Size of a token.</param>
    /// <param name="heads">How many heads.</param>
    /// <param name="headDim">Size of a head.</param>
    /// <param name="norm">Whether the layer normalises its input.</param>
    /// <param name="bias">Whether queries, keys and values have biases.</param>
    /// <param name="causal">Whether a token asks only itself and those before it.</param>
    /// <param name="dropout">The rate on the shares of attention and on the answer.</param>
    /// <param name="rng">The stream of the masks; needed with dropout only.</param>
    public PackedAttention(Parameters p, int dim, int heads, int headDim, bool norm = true, bool bias = false, bool causal = false, float dropout = 0f, Rng? rng = null)
    {
        ArgumentNullException.ThrowIfNull(p);
        Fit.Positive(heads, "The number of heads");
        Fit.Positive(headDim, "The size of a head");
        Fit.Rate(dropout, "The dropout rate");
        _rng = rng ?? (dropout == 0f ? new Rng(0) : throw new ArgumentNullException(nameof(rng)));
        (_heads, _causal, _rate, _dropout) = (heads, causal, dropout, new Dropout(dropout, _rng));
        if (norm) _norm = new LayerNorm(p["norm"], dim);
        _qkv = new Linear(p["to_qkv"], dim, 3 * heads * headDim, bias);
        _output = new Linear(p["to_out"]["0"], heads * headDim, dim);
    }

    /// <param name="x">[batch, tokens, dim]</param>
    /// <returns>[batch, tokens, dim]</returns>
    public override Tensor Forward(Tensor x)
    {
        var qkv = _qkv.Forward(_norm?.Forward(x) ?? x);
        return _dropout.Forward(_output.Forward(qkv.SelfAttention(_heads, _causal, _rate, _rng)));
    }
}
