using TinyJepa.Nn;

namespace TinyJepa.Models;

/// <summary>Sizes and weights of a <see cref="LeWorldModel"/>. The defaults are those of the released checkpoints: 18,034,478 parameters.</summary>
public sealed record LeWorldModelConfig
{
    /// <summary>The vision transformer that encodes images.</summary>
    public VitConfig Encoder { get; init; } = new();

    /// <summary>The predictor; its <see cref="PredictorConfig.Dim"/> is the size of a latent.</summary>
    public PredictorConfig Predictor { get; init; } = new();

    /// <summary>Elements of an action: those of all steps between two images. Push-T: five steps of two elements.</summary>
    public int ActionDim { get; init; } = 10;

    /// <summary>Hidden sizes of both projectors; empty for a linear layer with batch normalisation.</summary>
    public IReadOnlyList<int> ProjectorHidden { get; init; } = [2048];

    /// <summary>Weight of SIGReg in the loss (the paper's λ): 0.09 in the released code, 0.1 in the paper.</summary>
    public float Lambda { get; init; } = 0.09f;

    /// <summary>Random directions of SIGReg per step.</summary>
    public int Directions { get; init; } = 1024;

    internal void Check()
    {
        ArgumentNullException.ThrowIfNull(Encoder);
        ArgumentNullException.ThrowIfNull(Predictor);
        ArgumentNullException.ThrowIfNull(ProjectorHidden);
        Encoder.Check();
        Predictor.Check();
        Require.Positive(ActionDim, "The size of an action");
        Require.Positive(Directions, "The number of directions");
        foreach (var size in ProjectorHidden) Require.Positive(size, "The hidden size of a projector");
        if (!(Lambda >= 0f)) throw new ArgumentException($"The weight of SIGReg must be at least 0, not {Lambda}.");
    }
}
