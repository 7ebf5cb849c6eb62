namespace TinyJepa.Nn;

/// <summary>A convolution over images [batch, height, width, channels], starting as PyTorch's: weight and bias uniform in ±1/√(inputs·kernel²).</summary>
public sealed class Conv2d : Layer
{
    readonly int _stride, _padding;

    /// <summary>Asks <paramref name="p"/> for <c>weight</c> [outputs, inputs, kernel, kernel] and <c>bias</c> [outputs].</summary>
    /// <param name="p">The layer's place among the parameters.</param>
    /// <param name="inputs">Channels of the images.</param>
    /// <param name="outputs">Channels of the answer.</param>
    /// <param name="kernel">Pixels of a window, down and across.</param>
    /// <param name="stride">Pixels from window to window.</param>
    /// <param name="padding">Zero rows and columns on every side.</param>
    /// <param name="bias">Whether to add a bias.</param>
    /// <param name="init">Another start for weight and bias.</param>
    public Conv2d(Parameters p, int inputs, int outputs, int kernel, int stride = 1, int padding = 0, bool bias = true, Initializer? init = null)
    {
        ArgumentNullException.ThrowIfNull(p);
        init ??= Init.FanIn(inputs * kernel * kernel);
        Weight = p.Create("weight", [outputs, inputs, kernel, kernel], init);
        if (bias) Bias = p.Create("bias", [outputs], init);
        (_stride, _padding) = (stride, padding);
    }

    /// <summary>A layer like another with other numbers that nobody trains.</summary>
    internal Conv2d(Conv2d like, Tensor weight, Tensor bias) => (Weight, Bias, _stride, _padding) = (weight, bias, like._stride, like._padding);

    internal Tensor Weight { get; }

    internal Tensor? Bias { get; }

    /// <param name="x">[batch, height, width, inputs]</param>
    /// <returns>[batch, (height + 2·padding − kernel)/stride + 1, (width + 2·padding − kernel)/stride + 1, outputs]</returns>
    public override Tensor Forward(Tensor x) => x.Conv2d(Weight, Bias, _stride, _padding);
}
