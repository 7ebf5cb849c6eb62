using TinyJepa.Nn;

namespace TinyJepa.Models;

/// <summary>Sizes and weights of a <see cref="LeWorldModel"/>. The defaults are those of the released checkpoints: 18,034,478 parameters.</summary>
public sealed record LeWorldModelConfig
{
    /// <summary>What turns images into latents.</summary>
    public VitConfig Encoder { get; init; } = new();

    /// <summary>What moves latents on; its <see cref="PredictorConfig.Dim"/> is the size of a latent.</summary>
    public PredictorConfig Predictor { get; init; } = new();

    /// <summary>Numbers of an action: those of all the steps between two images. Push-T: five steps of two numbers.</summary>
    public int ActionDim { get; init; } = 10;

    /// <summary>Hidden sizes of both projectors; none for a linear layer with batch normalisation.</summary>
    public IReadOnlyList<int> ProjectorHidden { get; init; } = [2048];

    /// <summary>Weight of SIGReg beside the prediction error (the paper's λ): 0.09 in the released code, 0.1 in the paper.</summary>
    public float Lambda { get; init; } = 0.09f;

    /// <summary>Random directions that SIGReg draws at every step.</summary>
    public int Directions { get; init; } = 1024;

    internal void Check()
    {
        ArgumentNullException.ThrowIfNull(Encoder);
        ArgumentNullException.ThrowIfNull(Predictor);
        ArgumentNullException.ThrowIfNull(ProjectorHidden);
        Encoder.Check();
        Predictor.Check();
        Fit.Positive(ActionDim, "The size of an action");
        Fit.Positive(Directions, "The number of directions");
        foreach (var size in ProjectorHidden) Fit.Positive(size, "The hidden size of a projector");
        if (!(Lambda >= 0f)) throw new ArgumentException($"The weight of SIGReg must be at least 0, not {Lambda}.");
    }
}
