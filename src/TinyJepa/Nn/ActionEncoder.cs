namespace TinyJepa.Nn;

/// <summary>
/// LeWorldModel's embedding of actions: a linear map that the original writes as a convolution with kernel size 1 (<c>patch_embed</c>), then
/// linear layer, SiLU, linear layer (<c>embed.0</c>, <c>embed.2</c>).
/// </summary>
public sealed class ActionEncoder : Layer
{
    readonly Tensor _weight, _bias;
    readonly Mlp _embed;

    /// <summary>Creates <c>patch_embed.weight</c> [smoothed, inputs, 1], <c>patch_embed.bias</c>, <c>embed.0</c> and <c>embed.2</c>.</summary>
    /// <param name="p">The parameters at the layer's path.</param>
    /// <param name="inputs">Elements of an action: those of all steps between two latents, concatenated.</param>
    /// <param name="smoothed">Output size of the first map.</param>
    /// <param name="hidden">Size of the hidden layer.</param>
    /// <param name="outputs">Size of the embedding.</param>
    public ActionEncoder(Parameters p, int inputs, int smoothed, int hidden, int outputs)
    {
        ArgumentNullException.ThrowIfNull(p);
        Require.Positive(inputs, "The size of an action");
        var conv = p["patch_embed"];
        _weight = conv.Create("weight", [smoothed, inputs, 1], Init.FanIn(inputs));
        _bias = conv.Create("bias", [smoothed], Init.FanIn(inputs));
        _embed = new Mlp(p["embed"], [smoothed, hidden, outputs], Activation.Silu);
    }

    /// <param name="x">[…, inputs]</param>
    /// <returns>[…, outputs]</returns>
    /// <exception cref="ArgumentException">The last axis is not of size inputs.</exception>
    public override Tensor Forward(Tensor x)
    {
        if (x.Shape.Rank == 0 || x.Shape[-1] != _weight.Shape[1])
            throw new ArgumentException($"The actions are {x.Shape}, but this model's actions have {_weight.Shape[1]} elements: it needs […, " +
                $"{_weight.Shape[1]}].");
        return _embed.Forward(x.Linear(_weight.Sum(-1), _bias));                        // sums the kernel axis of size 1: the matrix itself
    }
}
