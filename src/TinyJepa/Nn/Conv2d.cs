namespace TinyJepa.Nn;

/// <summary>A convolution over images [batch, height, width, channels]. Weight and bias start as in PyTorch: uniform in ±1/√(inputs·kernel²).</summary>
public sealed class Conv2d : Layer
{
    readonly int _stride, _padding;

    /// <summary>Creates <c>weight</c> [outputs, inputs, kernel, kernel] and <c>bias</c> [outputs].</summary>
    /// <param name="p">The parameters at the layer's path.</param>
    /// <param name="inputs">Input channels.</param>
    /// <param name="outputs">Output channels.</param>
    /// <param name="kernel">Height and width of the kernel, in pixels.</param>
    /// <param name="stride">Pixels from window to window.</param>
    /// <param name="padding">Zero rows and columns on every side.</param>
    /// <param name="bias">Whether to add a bias.</param>
    /// <param name="init">Initial values of weight and bias; PyTorch's by default.</param>
    public Conv2d(Parameters p, int inputs, int outputs, int kernel, int stride = 1, int padding = 0, bool bias = true, Initializer? init = null)
    {
        ArgumentNullException.ThrowIfNull(p);
        init ??= Init.FanIn(inputs * kernel * kernel);
        Weight = p.Create("weight", [outputs, inputs, kernel, kernel], init);
        if (bias) Bias = p.Create("bias", [outputs], init);
        (_stride, _padding) = (stride, padding);
    }

    /// <summary>A layer with the geometry of another and constant weights.</summary>
    internal Conv2d(Conv2d like, Tensor weight, Tensor bias) => (Weight, Bias, _stride, _padding) = (weight, bias, like._stride, like._padding);

    internal Tensor Weight { get; }

    internal Tensor? Bias { get; }

    /// <param name="x">[batch, height, width, inputs]</param>
    /// <returns>[batch, (height + 2·padding − kernel)/stride + 1, (width + 2·padding − kernel)/stride + 1, outputs]</returns>
    /// <exception cref="ArgumentException">x is not [batch, height, width, inputs], or smaller than the kernel.</exception>
    public override Tensor Forward(Tensor x) => x.Conv2d(Weight, Bias, _stride, _padding);
}
