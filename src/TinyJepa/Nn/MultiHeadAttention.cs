namespace TinyJepa.Nn;

/// <summary>
/// Multi-head attention (Vaswani et al. 2017, §3.2.2) with the checkpoint layout of Hugging Face's ViT: queries, keys and values come from three
/// linear layers, <c>attention.query</c>, <c>attention.key</c> and <c>attention.value</c>, and <c>output.dense</c> follows.
/// </summary>
/// <remarks><see cref="PackedAttention"/> computes the same from one linear layer <c>to_qkv</c>: choose by the checkpoint that is to be loaded.</remarks>
public sealed class MultiHeadAttention : Layer
{
    readonly Linear _query, _key, _value, _output;
    readonly int _heads;

    /// <summary>Creates the four layers.</summary>
    /// <param name="p">The parameters at the layer's path.</param>
    /// <param name="dim">Size of a token.</param>
    /// <param name="heads">Number of heads; each has dim/heads columns.</param>
    /// <param name="init">Initial weights, with biases of zero; by default as PyTorch's linear layers.</param>
    /// <exception cref="ArgumentException"><paramref name="dim"/> is no multiple of <paramref name="heads"/>.</exception>
    public MultiHeadAttention(Parameters p, int dim, int heads, Initializer? init = null)
    {
        ArgumentNullException.ThrowIfNull(p);
        Require.Multiple(dim, "The size of a token", heads, "the number of heads");
        _heads = heads;
        _query = Square(p["attention"]["query"]);
        _key = Square(p["attention"]["key"]);
        _value = Square(p["attention"]["value"]);
        _output = Square(p["output"]["dense"]);

        Linear Square(Parameters part) => new(part, dim, dim, init: init, biasInit: init is null ? null : Init.Zero);
    }

    /// <param name="x">[batch, tokens, dim]</param>
    /// <returns>[batch, tokens, dim]</returns>
    /// <exception cref="ArgumentException">x is not [batch, tokens, dim].</exception>
    public override Tensor Forward(Tensor x) => _output.Forward(Attend(x, x));

    /// <summary>Cross-attention of x to a context, plus a residual.</summary>
    /// <param name="x">The tokens that make queries, [batch, queries, dim].</param>
    /// <param name="context">The tokens that make keys and values, [batch, tokens, dim].</param>
    /// <param name="residual">[batch, queries, dim]</param>
    /// <returns>[batch, queries, dim]</returns>
    /// <exception cref="ArgumentException">The shapes do not match.</exception>
    public Tensor ForwardAdd(Tensor x, Tensor context, Tensor residual) => _output.ForwardAdd(Attend(x, context), residual);

    Tensor Attend(Tensor x, Tensor context) => _query.Forward(x).Attention(_key.Forward(context), _value.Forward(context), _heads);
}
