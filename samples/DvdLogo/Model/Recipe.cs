namespace TinyJepa.Samples.DvdLogo;

/// <summary>The targets of the predictor.</summary>
internal enum Targets
{
    /// <summary>A slow average of the encoder: constants.</summary>
    SlowCopy,

    /// <summary>The encoder itself, detached.</summary>
    Constants,

    /// <summary>The encoder itself, through which gradients flow.</summary>
    Encoder,
}

/// <summary>How the model is trained.</summary>
internal sealed record Recipe : IRecipe<Recipe>
{
    public required string Name { get; init; }

    /// <summary>Steps of the encoder and the predictor.</summary>
    public int Steps { get; init; } = 2500;

    /// <summary>Steps of the decoder after them; 0 trains it alongside, a step for each of theirs.</summary>
    public int DecoderSteps { get; init; } = 2000;

    /// <summary>Clips in a batch.</summary>
    public int Clips { get; init; } = 256;

    /// <summary>Consecutive observations of each clip from which predictions start; their targets overlap and are encoded once.</summary>
    public int Starts { get; init; } = 1;

    /// <summary>How many steps ahead the predictor must follow the target, feeding on its own predictions.</summary>
    public int Horizon { get; init; } = 1;

    /// <summary>
    /// Whether each dimension's error is divided by that dimension's variance. Otherwise the encoder can shrink what is hard to predict until
    /// it is lost.
    /// </summary>
    public bool ScaleFree { get; init; }

    /// <summary>The fraction of a latent that stays as it is from one frame to the next; the predictor adds the rest.</summary>
    public float Skip { get; init; }

    public Targets Targets { get; init; } = Targets.SlowCopy;

    /// <summary>Decay of the slow copy's average.</summary>
    public float Decay { get; init; } = 0.99f;

    /// <summary>Whether the variance hinge keeps the variance of each dimension.</summary>
    public bool Hinge { get; init; } = true;

    public float LearningRate { get; init; } = 1e-3f;

    /// <summary>Decoupled decay of the encoder's and predictor's weights.</summary>
    public float WeightDecay { get; init; }

    /// <summary>The last fraction of the steps, over which the learning rate falls to zero along half a cosine.</summary>
    public float CoolDown { get; init; }

    /// <summary>Whether the decoder is trained beside the others, as the best recipe has it, not after them, as the published one has it.</summary>
    public bool Alongside => DecoderSteps == 0;

    /// <summary>All steps, the decoder's included.</summary>
    public int TotalSteps => Steps + DecoderSteps;

    /// <summary>The published recipe: one step ahead, 2,500 steps of batch 256, then the decoder.</summary>
    public static Recipe Published { get; } = new() { Name = "published" };

    /// <summary>
    /// Same networks, same data. Eight steps ahead instead of one, for long forecasts; errors divided by each dimension's variance, so that
    /// no detail is shrunk away; a predictor that adds to 0.6 of the latent, so that uniform motion is easy and errors decay; weight decay,
    /// so that the scale does not drift; small batches and many steps; annealing. Each stays because probe or forecast got worse without it.
    /// </summary>
    public static Recipe Best { get; } = new()
    {
        Name = "best", Steps = 5000, DecoderSteps = 0, Clips = 32, Starts = 2, Horizon = 8, ScaleFree = true, Skip = 0.6f,
        WeightDecay = 0.1f, CoolDown = 0.2f,
    };

    /// <summary>The same with another number of steps; the decoder gets no more than that after them.</summary>
    public Recipe WithSteps(int steps) => this with { Name = $"{Name}, {steps} steps", Steps = steps, DecoderSteps = Math.Min(DecoderSteps, steps) };

    /// <summary>The published recipe with its parts taken out one by one: what prevents collapse?</summary>
    public static IReadOnlyList<Recipe> Ablation { get; } =
    [
        Published with { Name = "slow copy + variance (published)", DecoderSteps = 0 },
        Published with { Name = "slow copy alone", DecoderSteps = 0, Hinge = false },
        Published with { Name = "constant targets + variance", DecoderSteps = 0, Targets = Targets.Constants },
        Published with { Name = "constant targets alone", DecoderSteps = 0, Targets = Targets.Constants, Hinge = false },
        Published with { Name = "moving targets + variance", DecoderSteps = 0, Targets = Targets.Encoder },
        Published with { Name = "moving targets alone", DecoderSteps = 0, Targets = Targets.Encoder, Hinge = false },
    ];
}
