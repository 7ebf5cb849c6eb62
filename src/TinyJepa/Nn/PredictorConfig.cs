namespace TinyJepa.Nn;

/// <summary>Sizes and forms of a <see cref="Predictor"/>. The defaults are LeWorldModel's (arXiv 2603.19312): 10,791,360 parameters.</summary>
public sealed record PredictorConfig
{
    /// <summary>Size of a latent and of its condition.</summary>
    public int Dim { get; init; } = 192;

    /// <summary>Size of a token inside; where it is not <see cref="Dim"/>, linear layers lead in and out.</summary>
    public int Width { get; init; } = 192;

    /// <summary>The longest sequence: how many latents the predictor looks back on.</summary>
    public int History { get; init; } = 3;

    /// <summary>How many blocks.</summary>
    public int Depth { get; init; } = 6;

    /// <summary>Attention heads of a block.</summary>
    public int Heads { get; init; } = 16;

    /// <summary>Size of a head; all heads together may be wider than a token.</summary>
    public int HeadDim { get; init; } = 64;

    /// <summary>Hidden size of a block's network.</summary>
    public int MlpDim { get; init; } = 2048;

    /// <summary>Applied to the hidden layer of a block's network.</summary>
    public Activation Activation { get; init; } = Activation.Gelu;

    /// <summary>Rate of dropout on the shares of attention, after it, and twice in a block's network.</summary>
    public float Dropout { get; init; } = 0.1f;

    /// <summary>Whether attention and network normalise once more, with weights and biases, what the condition has modulated.</summary>
    public bool InnerNorms { get; init; } = true;

    /// <summary>Whether queries, keys and values have biases.</summary>
    public bool QkvBias { get; init; }

    /// <summary>What is added to every place of the sequence.</summary>
    public PositionalEncoding Positions { get; init; } = PositionalEncoding.Learned;

    /// <summary>Whether linear layers lead latents in and predictions out even where the sizes agree.</summary>
    public bool Projections { get; init; }

    /// <summary>Whether the last normalisation has a weight and a bias.</summary>
    public bool FinalAffine { get; init; } = true;

    /// <summary>Added to the variances of the normalisations without weight and bias.</summary>
    public float Epsilon { get; init; } = 1e-6f;

    internal void Check()
    {
        ArgumentNullException.ThrowIfNull(Activation);
        Fit.Positive(Dim, "The size of a latent");
        Fit.Positive(Width, "The size of a token");
        Fit.Positive(History, "The history");
        Fit.Positive(Depth, "The number of blocks");
        Fit.Positive(Heads, "The number of heads");
        Fit.Positive(HeadDim, "The size of a head");
        Fit.Positive(MlpDim, "The hidden size");
        Fit.Rate(Dropout, "The dropout rate");
        if (!Enum.IsDefined(Positions)) throw new ArgumentException($"There is no positional encoding {(int)Positions}: choose one of {string.Join(", ", Enum.GetNames<PositionalEncoding>())}.");
    }
}
