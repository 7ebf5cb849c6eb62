namespace TinyJepa.Nn;

/// <summary>
/// Cuts images into square patches and maps each to a vector: a convolution whose stride equals its kernel size (Dosovitskiy et al. 2021, eq. 1).
/// </summary>
public sealed class PatchEmbed : Layer
{
    readonly Tensor _weight;
    readonly Tensor? _bias;
    readonly int _patch;

    /// <summary>Creates <c>weight</c> [dim, channels, patch, patch] and <c>bias</c> [dim].</summary>
    /// <param name="p">The parameters at the layer's path.</param>
    /// <param name="channels">Channels of the images.</param>
    /// <param name="dim">Size of a patch's vector.</param>
    /// <param name="patch">Height and width of a patch, in pixels.</param>
    /// <param name="bias">Whether to add a bias.</param>
    /// <param name="init">Initial values of weight and bias; uniform in ±1/√(channels·patch²) by default.</param>
    /// <param name="biasInit">Initial values of the bias, where they differ from the weight's.</param>
    public PatchEmbed(Parameters p, int channels, int dim, int patch, bool bias = true, Initializer? init = null, Initializer? biasInit = null)
    {
        ArgumentNullException.ThrowIfNull(p);
        init ??= Init.FanIn(channels * patch * patch);
        _weight = p.Create("weight", [dim, channels, patch, patch], init);
        if (bias) _bias = p.Create("bias", [dim], biasInit ?? init);
        _patch = patch;
    }

    /// <param name="x">[batch, height, width, channels]</param>
    /// <returns>[batch, height/patch·width/patch, dim], row by row from the top left</returns>
    /// <exception cref="ArgumentException">x is not an image, or its height or width is not a multiple of the patch size.</exception>
    public override Tensor Forward(Tensor x)
    {
        if (x.Shape.Rank != 4) Throw.Unfit("PatchEmbed", x.Shape, "images are [batch, height, width, channels]");
        if (x.Shape[1] % _patch != 0 || x.Shape[2] % _patch != 0)
            Throw.Unfit("PatchEmbed", x.Shape, $"the image's {x.Shape[1]} × {x.Shape[2]} pixels must be multiples of the patch's {_patch}");
        var y = x.Conv2d(_weight, _bias, _patch);
        return y.Reshape([y.Shape[0], y.Shape[1] * y.Shape[2], y.Shape[3]]);
    }
}
