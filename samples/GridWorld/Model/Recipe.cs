namespace TinyJepa.Samples.GridWorld;

/// <summary>How the model is trained.</summary>
internal sealed record Recipe : IRecipe<Recipe>
{
    public required string Name { get; init; }

    public int Steps { get; init; } = 300;

    /// <summary>Walks in a batch.</summary>
    public int Walks { get; init; } = 128;

    /// <summary>How many moves ahead the predictor is trained in the end, from its own predictions.</summary>
    public int Horizon { get; init; } = 1;

    /// <summary>How many moves ahead at first.</summary>
    public int FirstHorizon { get; init; } = 1;

    /// <summary>The step from which on the horizon is <see cref="Horizon"/>.</summary>
    public int WholeFrom { get; init; }

    /// <summary>Weight of SIGReg beside the prediction error.</summary>
    public float Lambda { get; init; } = 0.09f;

    /// <summary>The same before <see cref="LambdaFrom"/>.</summary>
    public float FirstLambda { get; init; } = 0.09f;

    /// <summary>The step from which on the weight is <see cref="Lambda"/>.</summary>
    public int LambdaFrom { get; init; }

    /// <summary>Whether SIGReg is multiplied by the number of samples, as the published loss of LeWorldModel is.</summary>
    public bool ScaleBySamples { get; init; } = true;

    /// <summary>Random directions of SIGReg at every step.</summary>
    public int Directions { get; init; } = 256;

    public float LearningRate { get; init; } = 1e-3f;

    public float WeightDecay { get; init; } = 1e-3f;

    public float Dropout { get; init; }

    /// <summary>The horizon of a step, counted from 0.</summary>
    public int HorizonAt(int step) => step < WholeFrom ? FirstHorizon : Horizon;

    /// <summary>SIGReg's weight at a step, counted from 0.</summary>
    public float LambdaAt(int step) => step < LambdaFrom ? FirstLambda : Lambda;

    /// <summary>
    /// The published form: one move ahead, SIGReg times N with the weight of LeWorldModel's paper. What is not published (rate, batch, steps) is
    /// chosen to end within two minutes on two cores.
    /// </summary>
    public static Recipe Published { get; } = new() { Name = "published", Steps = 400 };

    /// <summary>
    /// The same networks and data. The published weight of SIGReg for a few steps, until the cells lie apart in all directions: with a small weight
    /// from the start a seed may collapse onto a line. Then a small weight, with which the latents can form the plane that the grid is; the published
    /// weight would keep spreading 25 points over 24 directions. Two moves ahead at first, then eight, for consistent imagined paths.
    /// </summary>
    public static Recipe Best { get; } = new()
    {
        Name = "best", Steps = 400, Walks = 64, FirstHorizon = 2, Horizon = 8, WholeFrom = 100, LambdaFrom = 30, Lambda = 0.02f, WeightDecay = 0.1f,
    };

    /// <summary>The recipe for 9 × 9 cells.</summary>
    public static Recipe Large { get; } = Best with { Name = "large" };

    /// <inheritdoc/>
    public Recipe WithSteps(int steps) => this with { Name = $"{Name}, {steps} steps", Steps = steps };
}
