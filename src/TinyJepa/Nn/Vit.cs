namespace TinyJepa.Nn;

/// <summary>
/// A vision transformer (Dosovitskiy et al. 2021, eq. 1 to 4): patches become tokens, a learned class token is put before them,
/// learned positions are added, then come the blocks and a layer normalisation. Names and initial values are those of Hugging Face's <c>ViTModel</c>
/// without a pooler: weights from a normal distribution of standard deviation 0.02, biases zero.
/// </summary>
/// <example><code>
/// var p = new Parameters(seed: 1);
/// var vit = new Vit(p["encoder"], new VitConfig { ImageSize = 128, PatchSize = 16, Channels = 1, Depth = 4 });
/// var z = vit.Forward(images);                     // [batch, 128, 128, 1] → [batch, 192]
/// </code></example>
public sealed class Vit : Layer
{
    readonly PatchEmbed _patches;
    readonly Tensor _class, _positions;
    readonly TransformerBlock[] _blocks;
    readonly LayerNorm _norm;

    /// <summary>Creates <c>embeddings</c>, <c>encoder.layer.0</c> … and <c>layernorm</c>.</summary>
    /// <param name="p">The parameters at the network's path.</param>
    /// <param name="config">Its sizes.</param>
    /// <exception cref="ArgumentException">The configuration is not valid.</exception>
    public Vit(Parameters p, VitConfig config)
    {
        ArgumentNullException.ThrowIfNull(p);
        ArgumentNullException.ThrowIfNull(config);
        config.Check();
        Config = config;
        var init = Init.TruncatedNormal(0.02f);
        var embeddings = p["embeddings"];
        _class = embeddings.Create("cls_token", [1, 1, config.Dim], init);
        _positions = embeddings.Create("position_embeddings", [1, config.Patches + 1, config.Dim], init);
        _patches = new PatchEmbed(embeddings["patch_embeddings"]["projection"], config.Channels, config.Dim, config.PatchSize, init: init, biasInit: Init.Zero);
        _blocks = new TransformerBlock[config.Depth];
        for (var i = 0; i < _blocks.Length; i++)
            _blocks[i] = new TransformerBlock(p["encoder"]["layer"][$"{i}"], config.Dim, config.Heads, config.MlpDim, config.Epsilon, init, config.Activation);
        _norm = new LayerNorm(p["layernorm"], config.Dim, config.Epsilon);
    }

    /// <summary>The sizes.</summary>
    public VitConfig Config { get; }

    /// <summary>The class token's output: one vector for the image.</summary>
    /// <param name="x">Images, [batch, size, size, channels].</param>
    /// <returns>[batch, dim]</returns>
    /// <exception cref="ArgumentException">The images have other sizes.</exception>
    public override Tensor Forward(Tensor x)
    {
        // The other tokens of the last block are not used: it computes the first one only.
        x = Blocks(x, _blocks.Length - 1);
        return _norm.Forward(_blocks[^1].ForwardFirst(x).Reshape([x.Shape[0], Config.Dim]));
    }

    /// <summary>All tokens: the class token, then the patches row by row.</summary>
    /// <param name="x">Images, [batch, size, size, channels].</param>
    /// <returns>[batch, 1 + patches, dim]</returns>
    /// <exception cref="ArgumentException">The images have other sizes.</exception>
    public Tensor Tokens(Tensor x) => _norm.Forward(Blocks(x, _blocks.Length));

    Tensor Blocks(Tensor x, int count)
    {
        if (x.Shape.Rank != 4 || x.Shape[1] != Config.ImageSize || x.Shape[2] != Config.ImageSize || x.Shape[3] != Config.Channels)
            throw new ArgumentException($"This transformer takes images [batch, {Config.ImageSize}, {Config.ImageSize}, {Config.Channels}], not {x.Shape}.");
        x = _patches.Forward(x).AddPositions(_positions, _class);
        for (var i = 0; i < count; i++) x = _blocks[i].Forward(x);
        return x;
    }
}
