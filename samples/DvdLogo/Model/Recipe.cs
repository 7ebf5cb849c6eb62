namespace TinyJepa.Samples.DvdLogo;

/// <summary>How the model is trained.</summary>
internal sealed record Recipe
{
    public required string Name { get; init; }

    /// <summary>Steps of the encoder and the predictor.</summary>
    public int Steps { get; init; } = 2500;

    /// <summary>Steps of the decoder.</summary>
    public int DecoderSteps { get; init; } = 2000;

    /// <summary>Clips in a batch.</summary>
    public int Clips { get; init; } = 256;

    /// <summary>Consecutive observations of each clip from which predictions start.</summary>
    public int Starts { get; init; } = 1;

    /// <summary>How many steps ahead the predictor must follow the target, feeding on its own predictions.</summary>
    public int Horizon { get; init; } = 1;

    public float LearningRate { get; init; } = 1e-3f;

    /// <summary>Whether the learning rate falls to zero along half a cosine.</summary>
    public bool Cosine { get; init; }

    /// <summary>The target encoder's memory; 0 makes it the online encoder of the last step.</summary>
    public float Decay { get; init; } = 0.99f;

    /// <summary>Whether the variance hinge keeps each dimension spread out.</summary>
    public bool Hinge { get; init; } = true;

    /// <summary>Whether the targets are constants from a slow copy, or come from the online encoder with gradients.</summary>
    public bool StopGradient { get; init; } = true;
}
