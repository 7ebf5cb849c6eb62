namespace TinyJepa.Nn;

/// <summary>y = weight·(x − mean)/√(variance + ε) + bias over the last axis (Ba et al. 2016, eq. 4).</summary>
public sealed class LayerNorm : Layer
{
    readonly Tensor _weight, _bias;
    readonly float _epsilon;

    /// <summary>Creates <c>weight</c> (ones) and <c>bias</c> (zeros), both [dim].</summary>
    /// <param name="p">The parameters at the layer's path.</param>
    /// <param name="dim">Size of the last axis.</param>
    /// <param name="epsilon">Added to the variance: 1e-5 in PyTorch, 1e-6 in timm, 1e-12 in Hugging Face's ViT.</param>
    public LayerNorm(Parameters p, int dim, float epsilon = 1e-5f)
    {
        ArgumentNullException.ThrowIfNull(p);
        _weight = p.Create("weight", [dim], Init.One);
        _bias = p.Create("bias", [dim], Init.Zero);
        _epsilon = epsilon;
    }

    /// <param name="x">[…, dim]</param>
    /// <returns>[…, dim]</returns>
    /// <exception cref="ArgumentException">x's last axis is not of size dim.</exception>
    public override Tensor Forward(Tensor x) => x.LayerNorm(_weight, _bias, _epsilon);
}
