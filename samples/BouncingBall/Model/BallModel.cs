using TinyJepa.IO;
using TinyJepa.Nn;

namespace TinyJepa.Samples.BouncingBall;

/// <summary>The encoder of a window and the predictor of a later one's latent. There is no decoder, no slow copy and no stopped gradient.</summary>
internal sealed class BallModel
{
    public const int Latent = 16;

    readonly Mlp _encoder, _predictor;

    /// <param name="recipe">Decides the sizes.</param>
    /// <param name="width">Numbers in a frame.</param>
    /// <param name="seed">Decides the initial weights.</param>
    public BallModel(Recipe recipe, int width, long seed)
    {
        (Recipe, Width) = (recipe, width);
        Parameters = new Parameters(seed);
        _encoder = Net(Parameters["encoder"], recipe.Window * width, recipe.Hidden);
        _predictor = Net(Parameters["predictor"], recipe.Action ? Latent + 1 : Latent, recipe.Hidden);
    }

    public Recipe Recipe { get; }

    /// <summary>Numbers in a frame.</summary>
    public int Width { get; }

    public Parameters Parameters { get; }

    /// <summary>What windows become.</summary>
    /// <param name="windows">[rows, window·width]</param>
    /// <returns>[rows, 16]</returns>
    public Tensor Encode(Tensor windows) => _encoder.Forward(windows);

    /// <summary>The latents expected <see cref="Recipe.Ahead"/> frames later.</summary>
    /// <param name="z">[rows, 16]</param>
    /// <param name="action">[rows, 1], if the recipe tells it.</param>
    /// <returns>[rows, 16]</returns>
    public Tensor Predict(Tensor z, Tensor? action) => _predictor.Forward(action is { } a ? Tensor.Concat(1, z, a) : z);

    /// <summary>The same model with weights of its own, which no training will change.</summary>
    public BallModel Snapshot()
    {
        var copy = new BallModel(Recipe, Width, seed: 0);
        copy.Parameters.CopyFrom(Parameters);
        return copy;
    }

    /// <summary>Takes all weights from a file; on any error none has changed.</summary>
    /// <returns>The texts stored beside them.</returns>
    /// <exception cref="InvalidDataException">The file is broken or does not fit.</exception>
    public IReadOnlyDictionary<string, string> Load(string file) => Safetensors.Load(file, [Parameters]);

    // Flux's Dense: Glorot's uniform weights, biases of zero.
    static Mlp Net(Parameters p, int inputs, int hidden) => new(p, [inputs, hidden, Latent], Activation.Relu, Init.Glorot);
}
