namespace TinyJepa.Nn;

/// <summary>y = x·Wᵀ + b, starting as PyTorch's: both uniform in ±1/√inputs.</summary>
public sealed class Linear : Layer
{
    readonly Tensor _weight;
    readonly Tensor? _bias;

    /// <summary>Asks <paramref name="p"/> for <c>weight</c> [outputs, inputs] and <c>bias</c> [outputs].</summary>
    /// <param name="p">The layer's place among the parameters.</param>
    /// <param name="inputs">Size of x's last axis.</param>
    /// <param name="outputs">Size of the answer's last axis.</param>
    /// <param name="bias">Whether to add a bias.</param>
    /// <param name="init">Another start for weight and bias.</param>
    /// <param name="biasInit">A start of its own for the bias.</param>
    public Linear(Parameters p, int inputs, int outputs, bool bias = true, Initializer? init = null, Initializer? biasInit = null)
    {
        ArgumentNullException.ThrowIfNull(p);
        init ??= Init.FanIn(inputs);
        _weight = p.Create("weight", [outputs, inputs], init);
        if (bias) _bias = p.Create("bias", [outputs], biasInit ?? init);
    }

    /// <summary>A layer of given numbers that nobody trains.</summary>
    internal Linear(Tensor weight, Tensor bias) => (_weight, _bias) = (weight, bias);

    internal Tensor Weight => _weight;

    internal Tensor? Bias => _bias;

    /// <param name="x">[…, inputs]</param>
    /// <returns>[…, outputs]</returns>
    public override Tensor Forward(Tensor x) => x.Linear(_weight, _bias);

    /// <summary>activation(x·Wᵀ + b) in one pass.</summary>
    /// <param name="x">[…, inputs]</param>
    /// <param name="activation">Applied to every output.</param>
    /// <returns>[…, outputs]</returns>
    /// <exception cref="ArgumentException">x's last axis is not of size inputs.</exception>
    public Tensor Forward(Tensor x, Activation activation) => x.Linear(_weight, _bias, activation);

    /// <summary>(x·Wᵀ + b) + residual in one pass.</summary>
    /// <param name="x">[…, inputs]</param>
    /// <param name="residual">[…, outputs]</param>
    /// <returns>[…, outputs]</returns>
    public Tensor ForwardAdd(Tensor x, Tensor residual) => x.LinearAdd(_weight, _bias, residual);
}
