namespace TinyJepa.Nn;

/// <summary>
/// A causal transformer block modulated by a condition (AdaLN-Zero; Peebles &amp; Xie 2023, §3.2). A linear layer computes from the condition a
/// shift, a scale and a gate for attention and the same three for the MLP: x += gate·f(norm(x)·(1 + scale) + shift). All six start at zero, so
/// the block starts as the identity.
/// </summary>
/// <remarks>
/// LeWorldModel's blocks normalise twice: the modulated tokens go through a layer normalisation with weight and bias before attention and before
/// the MLP. Without <see cref="PredictorConfig.InnerNorms"/> these are left out.
/// </remarks>
public sealed class AdaLnBlock : ConditionedLayer
{
    readonly Linear _modulation;
    readonly PackedAttention _attention;
    readonly FeedForward _mlp;
    readonly float _epsilon;

    /// <summary>Creates <c>adaLN_modulation.1</c> [6·width, width], <c>attn</c> and <c>mlp</c>.</summary>
    /// <param name="p">The parameters at the block's path.</param>
    /// <param name="config">Width, heads, hidden size and options.</param>
    /// <param name="rng">The random stream of the dropout masks.</param>
    public AdaLnBlock(Parameters p, PredictorConfig config, Rng rng)
    {
        ArgumentNullException.ThrowIfNull(p);
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(rng);
        config.Check();
        _epsilon = config.Epsilon;
        _attention = new PackedAttention(
            p["attn"], config.Width, config.Heads, config.HeadDim, config.InnerNorms, config.QkvBias, causal: true, config.Dropout, rng);
        _mlp = new FeedForward(p["mlp"], config.Width, config.MlpDim, config.InnerNorms, config.Dropout, rng, config.Activation);
        _modulation = new Linear(p["adaLN_modulation"]["1"], config.Width, 6 * config.Width, init: Init.Zero);
    }

    /// <param name="x">[batch, tokens, width]</param>
    /// <param name="condition">[batch, tokens, width]</param>
    /// <returns>[batch, tokens, width]</returns>
    /// <exception cref="ArgumentException">The two shapes differ.</exception>
    public override Tensor Forward(Tensor x, Tensor condition)
    {
        if (x.Shape != condition.Shape) Throw.Mismatch(nameof(AdaLnBlock), x.Shape, condition.Shape, "x and the condition must have the same shape");
        // In order: shift, scale and gate of attention; shift, scale and gate of the MLP.
        var m = _modulation.Forward(condition.Silu());
        x = x.AddGated(_attention.Forward(x.NormalizeModulate(m, 0, 1, _epsilon)), m, 2);
        return x.AddGated(_mlp.Forward(x.NormalizeModulate(m, 3, 4, _epsilon)), m, 5);
    }
}
