namespace TinyJepa.Nn;

/// <summary>
/// From one space of latents to another: linear layer, batch normalisation, activation, …, linear layer, numbered as in a PyTorch Sequential.
/// LeWorldModel needs one because a transformer's last normalisation fixes the size of its answers, which SIGReg wants to shape.
/// </summary>
public sealed class Projector : Layer
{
    readonly Linear[] _layers;
    readonly BatchNorm[] _norms;
    readonly Activation _activation;

    /// <summary>Builds <c>net.0</c>, <c>net.1</c>, <c>net.3</c>, and with more hidden layers <c>net.4</c>, <c>net.6</c>, …</summary>
    /// <param name="p">The network's place among the parameters.</param>
    /// <param name="inputs">Size of x's last axis.</param>
    /// <param name="hidden">Sizes of the hidden layers. Without any, the answer of the only linear layer is normalised.</param>
    /// <param name="outputs">Size of the answer.</param>
    /// <param name="activation">Applied after the hidden normalisations; GELU by default.</param>
    public Projector(Parameters p, int inputs, IReadOnlyList<int> hidden, int outputs, Activation? activation = null)
    {
        ArgumentNullException.ThrowIfNull(p);
        ArgumentNullException.ThrowIfNull(hidden);
        _activation = activation ?? Activation.Gelu;
        p = p["net"];
        _layers = new Linear[hidden.Count + 1];
        _norms = new BatchNorm[Math.Max(1, hidden.Count)];
        for (var i = 0; i < _layers.Length; i++)
        {
            var size = i < hidden.Count ? hidden[i] : outputs;
            _layers[i] = new Linear(p[$"{3 * i}"], i == 0 ? inputs : hidden[i - 1], size);
            if (i < _norms.Length) _norms[i] = new BatchNorm(p[$"{3 * i + 1}"], size);
        }
    }

    /// <param name="x">[…, inputs]; all axes but the last are one batch.</param>
    /// <returns>[…, outputs]</returns>
    public override Tensor Forward(Tensor x)
    {
        for (var i = 0; i < _layers.Length; i++)
        {
            x = _layers[i].Forward(x);
            if (i < _norms.Length) x = _norms[i].Forward(x);
            if (i < _layers.Length - 1) x = _activation.Apply(x);
        }

        return x;
    }
}
