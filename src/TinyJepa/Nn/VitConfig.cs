namespace TinyJepa.Nn;

/// <summary>Sizes of a <see cref="Vit"/>. The defaults are ViT-Tiny with patches of 14 on 224 × 224 colour images: 5,501,376 parameters.</summary>
public sealed record VitConfig
{
    /// <summary>Height and width of an image, in pixels.</summary>
    public int ImageSize { get; init; } = 224;

    /// <summary>Height and width of a patch, in pixels.</summary>
    public int PatchSize { get; init; } = 14;

    /// <summary>Channels of a pixel.</summary>
    public int Channels { get; init; } = 3;

    /// <summary>Size of a token.</summary>
    public int Dim { get; init; } = 192;

    /// <summary>Number of blocks.</summary>
    public int Depth { get; init; } = 12;

    /// <summary>Attention heads of a block.</summary>
    public int Heads { get; init; } = 3;

    /// <summary>Hidden size of a block's MLP.</summary>
    public int MlpDim { get; init; } = 768;

    /// <summary>Applied to the hidden layer of a block's MLP.</summary>
    public Activation Activation { get; init; } = Activation.Gelu;

    /// <summary>Added to the variances of the normalisations: 1e-12 in Hugging Face's ViT, 1e-6 in timm's.</summary>
    public float Epsilon { get; init; } = 1e-12f;

    /// <summary>Number of patches of an image, without the class token.</summary>
    public int Patches => ImageSize / PatchSize * (ImageSize / PatchSize);

    internal void Check()
    {
        ArgumentNullException.ThrowIfNull(Activation);
        Require.Multiple(ImageSize, "The image size", PatchSize, "the patch size");
        Require.Multiple(Dim, "The size of a token", Heads, "the number of heads");
        Require.Positive(Channels, "The number of channels");
        Require.Positive(Depth, "The number of blocks");
        Require.Positive(MlpDim, "The hidden size");
    }
}
