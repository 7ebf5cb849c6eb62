namespace TinyJepa.Nn;

/// <summary>
/// Every token asks every token (Vaswani et al. 2017, eq. 1): queries, keys and values from a linear layer each, and one that joins the heads.
/// Named as in Hugging Face's ViT: <c>attention.query</c>, <c>attention.key</c>, <c>attention.value</c>, <c>output.dense</c>.
/// </summary>
public sealed class MultiHeadAttention : Layer
{
    readonly Linear _query, _key, _value, _output;
    readonly int _heads;

    /// <summary>Asks <paramref name="p"/> for the four layers.</summary>
    /// <param name="p">The layer's place among the parameters.</param>
    /// <param name="dim">Size of a token.</param>
    /// <param name="heads">How many heads share it.</param>
    /// <param name="init">How the weights start, with biases of zero; as PyTorch's linear layers by default.</param>
    /// <exception cref="ArgumentException"><paramref name="dim"/> is no multiple of <paramref name="heads"/>.</exception>
    public MultiHeadAttention(Parameters p, int dim, int heads, Initializer? init = null)
    {
        ArgumentNullException.ThrowIfNull(p);
        Fit.Multiple(dim, "The size of a token", heads, "the number of heads");
        _heads = heads;
        _query = Join(p["attention"]["query"]);
        _key = Join(p["attention"]["key"]);
        _value = Join(p["attention"]["value"]);
        _output = Join(p["output"]["dense"]);

        Linear Join(Parameters part) => new(part, dim, dim, init: init, biasInit: init is null ? null : Init.Zero);
    }

    /// <param name="x">[batch, tokens, dim]</param>
    /// <returns>[batch, tokens, dim]</returns>
    public override Tensor Forward(Tensor x) => _output.Forward(Ask(x, x));

    /// <summary>What tokens learn from others, added to a residual.</summary>
    /// <param name="x">Those who ask, [batch, queries, dim].</param>
    /// <param name="others">Those who answer, [batch, tokens, dim].</param>
    /// <param name="residual">[batch, queries, dim]</param>
    /// <returns>[batch, queries, dim]</returns>
    public Tensor ForwardAdd(Tensor x, Tensor others, Tensor residual) => _output.ForwardAdd(Ask(x, others), residual);

    Tensor Ask(Tensor x, Tensor others) => _query.Forward(x).Attention(_key.Forward(others), _value.Forward(others), _heads);
}
