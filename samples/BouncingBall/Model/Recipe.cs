namespace TinyJepa.Samples.BouncingBall;

/// <summary>How the model is trained.</summary>
internal sealed record Recipe : IRecipe<Recipe>
{
    public required string Name { get; init; }

    /// <summary>K: frames that the encoder sees at once.</summary>
    public int Window { get; init; } = 4;

    /// <summary>Width of the encoder's and the predictor's hidden layer.</summary>
    public int Hidden { get; init; } = 32;

    /// <summary>How many frames later the window to be predicted ends. Below K the two overlap, and the noise they share is predictable.</summary>
    public int Ahead { get; init; } = 1;

    /// <summary>How often the predictor goes that far, feeding on its own predictions.</summary>
    public int Horizon { get; init; } = 1;

    /// <summary>Whether the predictor is given the direction of motion, sign(v).</summary>
    public bool Action { get; init; }

    /// <summary>Whether SIGReg is LeWorldModel's (windowed, times the batch) or the published one of this sample (Simpson, no window).</summary>
    public bool Canonical { get; init; }

    /// <summary>λ: the weight of SIGReg beside the prediction error.</summary>
    public float Lambda { get; init; } = 1;

    public int Directions { get; init; } = 256;

    public int Epochs { get; init; } = 40;

    /// <summary>How many steps to make, if not those of all epochs.</summary>
    public int? Steps { get; init; }

    public int Batch { get; init; } = 256;

    public float LearningRate { get; init; } = 1e-3f;

    /// <summary>Decoupled decay of all weights.</summary>
    public float WeightDecay { get; init; }

    /// <summary>The last fraction of the steps, over which the learning rate falls to zero along half a cosine.</summary>
    public float CoolDown { get; init; }

    /// <summary>Frames that training needs after a window.</summary>
    public int After => Ahead * Horizon;

    /// <summary>The published recipe: four frames, one step ahead, with the direction as an action.</summary>
    public static Recipe Published { get; } = new() { Name = "published", Action = true };

    /// <summary>
    /// The same networks without the direction. A window that is to be predicted shares no frame with the one it is predicted from: where
    /// they overlap, the noise of the shared frames is predictable, and is encoded instead of the velocity (windows of eight: R² .68 four
    /// frames ahead, .75 to .77 eight ahead). Eight frames average more noise away than four and still end in the present; ten gave .70.
    /// LeWorldModel's SIGReg keeps the dimensions more alike; a little weight decay and annealing cost nothing and help most seeds.
    /// </summary>
    public static Recipe Best { get; } = new()
    {
        Name = "best", Window = 8, Ahead = 8, Canonical = true, Lambda = 0.1f, Directions = 64, WeightDecay = 0.3f, CoolDown = 1,
    };

    /// <inheritdoc/>
    public Recipe WithSteps(int steps) => this with { Name = $"{Name}, {steps} steps", Steps = steps };

    /// <summary>The same with windows of one frame: a frame has no velocity.</summary>
    public Recipe SingleFrame() => this with { Name = $"{Name}, single frame", Window = 1 };

    /// <summary>The same without sign(v) as an action.</summary>
    public Recipe WithoutAction() => Action ? this with { Name = $"{Name}, without action", Action = false } : this;
}
