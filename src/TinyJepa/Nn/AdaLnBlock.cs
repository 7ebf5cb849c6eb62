namespace TinyJepa.Nn;

/// <summary>
/// A transformer block that a condition steers (AdaLN-Zero; Peebles &amp; Xie 2023, §3.2), causal. From the condition come a shift, a scale
/// and a gate for attention, then the same for the network: x += gate·f(norm(x)·(1 + scale) + shift). All six start at zero, so that the
/// block starts as the identity.
/// </summary>
/// <remarks>
/// LeWorldModel's blocks normalise twice: what the condition has modulated goes through a normalisation with weight and bias before attention
/// and before the network. The plain form leaves those out.
/// </remarks>
public sealed class AdaLnBlock
{
    readonly Linear _modulation;
    readonly PackedAttention _attention;
    readonly FeedForward _mlp;
    readonly float _epsilon;

    /// <summary>Builds <c>adaLN_modulation.1</c> [6·width, width], <c>attn</c> and <c>mlp</c>.</summary>
    /// <param name="p">The block's place among the parameters.</param>
    /// <param name="config">Width, heads, hidden size and form.</param>
    /// <param name="rng">The stream of dropout's masks.</param>
    public AdaLnBlock(Parameters p, PredictorConfig config, Rng rng)
    {
        ArgumentNullException.ThrowIfNull(p);
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(rng);
        config.Check();
        _epsilon = config.Epsilon;
        _attention = new PackedAttention(p["attn"], config.Width, config.Heads, config.HeadDim, config.InnerNorms, config.QkvBias, causal: true, config.Dropout, rng);
        _mlp = new FeedForward(p["mlp"], config.Width, config.MlpDim, config.InnerNorms, config.Dropout, rng, config.Activation);
        _modulation = new Linear(p["adaLN_modulation"]["1"], config.Width, 6 * config.Width, init: Init.Zero);
    }

    /// <param name="x">[batch, tokens, width]</param>
    /// <param name="condition">[batch, tokens, width]</param>
    /// <returns>[batch, tokens, width]</returns>
    public Tensor Forward(Tensor x, Tensor condition)
    {
        if (x.Shape != condition.Shape) Throw.Mismatch(nameof(AdaLnBlock), x.Shape, condition.Shape, "every token needs a condition of its size");
        // In order: shift, scale and gate of attention; shift, scale and gate of the network.
        var m = _modulation.Forward(condition.Silu());
        x = x.AddGated(_attention.Forward(x.NormalizeModulate(m, 0, 1, _epsilon)), m, 2);
        return x.AddGated(_mlp.Forward(x.NormalizeModulate(m, 3, 4, _epsilon)), m, 5);
    }
}
