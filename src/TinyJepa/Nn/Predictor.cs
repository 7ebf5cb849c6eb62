namespace TinyJepa.Nn;

/// <summary>
/// LeWorldModel's predictor (arXiv 2603.19312): a causal transformer over the last few latents, conditioned on actions. Output k is the
/// prediction of latent k + 1 from latents and conditions up to k.
/// </summary>
public sealed class Predictor : ConditionedLayer
{
    readonly Tensor? _positions;
    readonly Linear? _input, _condition, _output;
    readonly AdaLnBlock[] _blocks;
    readonly LayerNorm? _norm;

    /// <summary>
    /// Creates <c>pos_embedding</c> [1, history, dim] if positions are learned, <c>transformer.layers.0</c> … and <c>transformer.norm</c>; with input
    /// and output projections also <c>transformer.input_proj</c>, <c>cond_proj</c> (if dim and width differ) and <c>output_proj</c>.
    /// </summary>
    /// <param name="p">The parameters at the network's path.</param>
    /// <param name="config">Its sizes and options.</param>
    /// <param name="rng">The random stream of the dropout masks, drawn in the order of the layers: a checkpoint only needs its position.</param>
    /// <exception cref="ArgumentException">The configuration is not valid.</exception>
    public Predictor(Parameters p, PredictorConfig config, Rng rng)
    {
        ArgumentNullException.ThrowIfNull(p);
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(rng);
        config.Check();
        Config = config;
        var (dim, width, inner) = (config.Dim, config.Width, p["transformer"]);
        _positions = config.Positions switch
        {
            PositionalEncoding.Learned => p.Create("pos_embedding", [1, config.History, dim], Init.Normal(1f)),
            PositionalEncoding.SinCos => p.Constant(SinCosEncoding.Of(config.History, dim), [1, config.History, dim]),
            _ => null,
        };
        if (config.Projections || dim != width) _input = new Linear(inner["input_proj"], dim, width);
        if (dim != width) _condition = new Linear(inner["cond_proj"], dim, width);
        _blocks = new AdaLnBlock[config.Depth];
        for (var i = 0; i < _blocks.Length; i++) _blocks[i] = new AdaLnBlock(inner["layers"][$"{i}"], config, rng);
        if (config.FinalAffine) _norm = new LayerNorm(inner["norm"], width);
        if (config.Projections || dim != width) _output = new Linear(inner["output_proj"], width, dim);
    }

    /// <summary>Sizes and options.</summary>
    public PredictorConfig Config { get; }

    /// <summary>Predicts the next latent at every position.</summary>
    /// <param name="x">Latents, oldest first, [batch, tokens, dim]; at most <see cref="PredictorConfig.History"/> tokens.</param>
    /// <param name="condition">The condition (the embedded action) after each of them, [batch, tokens, dim].</param>
    /// <returns>[batch, tokens, dim]</returns>
    /// <exception cref="ArgumentException">The shapes differ, or there are more tokens than the history.</exception>
    public override Tensor Forward(Tensor x, Tensor condition)
    {
        if (x.Shape.Rank != 3 || x.Shape[2] != Config.Dim) Throw.Unfit(nameof(Predictor), x.Shape, $"it needs [batch, tokens, {Config.Dim}]");
        if (x.Shape != condition.Shape) Throw.Mismatch(nameof(Predictor), x.Shape, condition.Shape, "latents and conditions must have the same shape");
        if (x.Shape[1] > Config.History)
            Throw.Unfit(nameof(Predictor), x.Shape, $"its {x.Shape[1]} tokens are more than the history of {Config.History}; give it the last ones");
        if (_positions is { } positions) x = x.AddPositions(positions);
        if (_input is not null) x = _input.Forward(x);
        if (_condition is not null) condition = _condition.Forward(condition);
        foreach (var block in _blocks) x = block.Forward(x, condition);
        x = _norm?.Forward(x) ?? x.Normalize(Config.Epsilon);
        return _output?.Forward(x) ?? x;
    }
}
