namespace TinyJepa.Nn;

/// <summary>y = x·Wᵀ + b. Weight and bias start as in PyTorch: uniform in ±1/√inputs.</summary>
public sealed class Linear : Layer
{
    readonly Tensor _weight;
    readonly Tensor? _bias;

    /// <summary>Creates <c>weight</c> [outputs, inputs] and <c>bias</c> [outputs].</summary>
    /// <param name="p">The parameters at the layer's path.</param>
    /// <param name="inputs">Size of x's last axis.</param>
    /// <param name="outputs">Size of the output's last axis.</param>
    /// <param name="bias">Whether to add a bias.</param>
    /// <param name="init">Initial values of weight and bias; PyTorch's by default.</param>
    /// <param name="biasInit">Initial values of the bias, where they differ from the weight's.</param>
    /// <exception cref="InvalidOperationException">One of the paths is taken, or an optimiser or average already holds the parameters.</exception>
    public Linear(Parameters p, int inputs, int outputs, bool bias = true, Initializer? init = null, Initializer? biasInit = null)
    {
        ArgumentNullException.ThrowIfNull(p);
        init ??= Init.FanIn(inputs);
        _weight = p.Create("weight", [outputs, inputs], init);
        if (bias) _bias = p.Create("bias", [outputs], biasInit ?? init);
    }

    /// <summary>A layer with constant weights.</summary>
    internal Linear(Tensor weight, Tensor bias) => (_weight, _bias) = (weight, bias);

    internal Tensor Weight => _weight;

    internal Tensor? Bias => _bias;

    /// <param name="x">[…, inputs]</param>
    /// <returns>[…, outputs]</returns>
    /// <exception cref="ArgumentException">x's last axis is not of size inputs.</exception>
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
    /// <exception cref="ArgumentException">x's last axis is not of size inputs, or the residual does not have the output's shape.</exception>
    public Tensor ForwardAdd(Tensor x, Tensor residual) => x.LinearAdd(_weight, _bias, residual);
}
