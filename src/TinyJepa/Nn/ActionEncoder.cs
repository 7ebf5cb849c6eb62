namespace TinyJepa.Nn;

/// <summary>
/// LeWorldModel's embedding of actions: a linear map that the original calls a convolution of one step (<c>patch_embed</c>), then linear layer,
/// SiLU, linear layer (<c>embed.0</c>, <c>embed.2</c>).
/// </summary>
public sealed class ActionEncoder : Layer
{
    readonly Tensor _weight, _bias;
    readonly Mlp _embed;

    /// <summary>Asks <paramref name="p"/> for <c>patch_embed.weight</c> [smoothed, inputs, 1] and the rest.</summary>
    /// <param name="p">The layer's place among the parameters.</param>
    /// <param name="inputs">Numbers of an action: those of all the steps between two latents, one after the other.</param>
    /// <param name="smoothed">What the first map makes of them.</param>
    /// <param name="hidden">Size of the hidden layer.</param>
    /// <param name="outputs">Size of the embedding.</param>
    public ActionEncoder(Parameters p, int inputs, int smoothed, int hidden, int outputs)
    {
        ArgumentNullException.ThrowIfNull(p);
        Fit.Positive(inputs, "The size of an action");
        var conv = p["patch_embed"];
        _weight = conv.Create("weight", [smoothed, inputs, 1], Init.FanIn(inputs));
        _bias = conv.Create("bias", [smoothed], Init.FanIn(inputs));
        _embed = new Mlp(p["embed"], [smoothed, hidden, outputs], Activation.Silu);
    }

    /// <param name="x">[…, inputs]</param>
    /// <returns>[…, outputs]</returns>
    /// <exception cref="ArgumentException">An action has another number of numbers.</exception>
    public override Tensor Forward(Tensor x)
    {
        if (x.Shape.Rank == 0 || x.Shape[-1] != _weight.Shape[1]) throw new ArgumentException($"These actions {x.Shape} do not have {_weight.Shape[1]} numbers each, as this model's have.");
        return _embed.Forward(x.Linear(_weight.Sum(-1), _bias));                        // over the axis of one step: the matrix itself
    }
}
