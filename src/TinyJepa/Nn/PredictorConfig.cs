namespace TinyJepa.Nn;

/// <summary>Sizes and options of a <see cref="Predictor"/>. The defaults are LeWorldModel's (arXiv 2603.19312): 10,791,360 parameters.</summary>
public sealed record PredictorConfig
{
    /// <summary>Size of a latent and of its condition.</summary>
    public int Dim { get; init; } = 192;

    /// <summary>Size of a token inside the blocks; where it differs from <see cref="Dim"/>, linear layers project in and out.</summary>
    public int Width { get; init; } = 192;

    /// <summary>The longest sequence, in latents.</summary>
    public int History { get; init; } = 3;

    /// <summary>Number of blocks.</summary>
    public int Depth { get; init; } = 6;

    /// <summary>Attention heads of a block.</summary>
    public int Heads { get; init; } = 16;

    /// <summary>Size of a head; all heads together may be wider than a token.</summary>
    public int HeadDim { get; init; } = 64;

    /// <summary>Hidden size of a block's MLP.</summary>
    public int MlpDim { get; init; } = 2048;

    /// <summary>Applied to the hidden layer of a block's MLP.</summary>
    public Activation Activation { get; init; } = Activation.Gelu;

    /// <summary>Dropout rate: on the attention weights, after attention, and twice in a block's MLP.</summary>
    public float Dropout { get; init; } = 0.1f;

    /// <summary>Whether attention and MLP apply a second layer normalisation, with weight and bias, to the modulated tokens.</summary>
    public bool InnerNorms { get; init; } = true;

    /// <summary>Whether queries, keys and values have biases.</summary>
    public bool QkvBias { get; init; }

    /// <summary>What is added to the tokens to encode their positions.</summary>
    public PositionalEncoding Positions { get; init; } = PositionalEncoding.Learned;

    /// <summary>Whether there are linear projections in and out even where <see cref="Dim"/> equals <see cref="Width"/>.</summary>
    public bool Projections { get; init; }

    /// <summary>Whether the last normalisation has a weight and a bias.</summary>
    public bool FinalAffine { get; init; } = true;

    /// <summary>Added to the variances of the normalisations without weight and bias.</summary>
    public float Epsilon { get; init; } = 1e-6f;

    internal void Check()
    {
        ArgumentNullException.ThrowIfNull(Activation);
        Require.Positive(Dim, "The size of a latent");
        Require.Positive(Width, "The size of a token");
        Require.Positive(History, "The history");
        Require.Positive(Depth, "The number of blocks");
        Require.Positive(Heads, "The number of heads");
        Require.Positive(HeadDim, "The size of a head");
        Require.Positive(MlpDim, "The hidden size");
        Require.Rate(Dropout, "The dropout rate");
        if (!Enum.IsDefined(Positions))
            throw new ArgumentException($"There is no positional encoding {(int)Positions}: choose one of " +
                $"{string.Join(", ", Enum.GetNames<PositionalEncoding>())}.");
    }
}
