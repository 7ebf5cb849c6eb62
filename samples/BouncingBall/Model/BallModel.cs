using TinyJepa.Nn;

namespace TinyJepa.Samples.BouncingBall;

/// <summary>The encoder of a window and the predictor of a later one's latent. There is no decoder, no slow copy and no stop-gradient.</summary>
internal sealed class BallModel : SampleModel
{
    public const int Latent = 16;

    readonly Mlp _encoder, _predictor;

    /// <param name="recipe">Decides the sizes.</param>
    /// <param name="width">Values in a frame.</param>
    /// <param name="seed">Decides the initial weights.</param>
    public BallModel(Recipe recipe, int width, long seed)
    {
        (Recipe, Width) = (recipe, width);
        Parameters = new Parameters(seed);
        _encoder = Net(Parameters["encoder"], recipe.Window * width, recipe.Hidden);
        _predictor = Net(Parameters["predictor"], recipe.Action ? Latent + 1 : Latent, recipe.Hidden);
    }

    public Recipe Recipe { get; }

    /// <summary>Values in a frame.</summary>
    public int Width { get; }

    public Parameters Parameters { get; }

    public override IReadOnlyList<Parameters> Sets => [Parameters];

    /// <summary>The latents of windows.</summary>
    /// <param name="windows">[rows, window·width]</param>
    /// <returns>[rows, 16]</returns>
    public Tensor Encode(Tensor windows) => _encoder.Forward(windows);

    /// <summary>The latents expected <see cref="Recipe.Ahead"/> frames later.</summary>
    /// <param name="z">[rows, 16]</param>
    /// <param name="action">[rows, 1], if the recipe has it.</param>
    /// <returns>[rows, 16]</returns>
    public Tensor Predict(Tensor z, Tensor? action) => _predictor.Forward(action is { } a ? Tensor.Concat(1, z, a) : z);

    /// <summary>The same model with weights of its own, which no training will change.</summary>
    public BallModel Snapshot()
    {
        var copy = new BallModel(Recipe, Width, seed: 0);
        copy.Parameters.CopyFrom(Parameters);
        return copy;
    }

    // Flux's Dense: Glorot's uniform weights, biases of zero.
    static Mlp Net(Parameters p, int inputs, int hidden) => new(p, [inputs, hidden, Latent], Activation.Relu, Init.Glorot);
}
