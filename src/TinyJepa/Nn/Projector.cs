namespace TinyJepa.Nn;

/// <summary>
/// Maps latents to another space: linear layer, batch normalisation, activation, …, linear layer, numbered as in PyTorch's Sequential.
/// LeWorldModel needs one because a transformer's last normalisation fixes the norm of its outputs, whose distribution SIGReg is to shape.
/// </summary>
public sealed class Projector : Layer
{
    readonly Linear[] _layers;
    readonly BatchNorm[] _norms;
    readonly Activation _activation;

    /// <summary>Creates <c>net.0</c>, <c>net.1</c>, <c>net.3</c>, and with more hidden layers <c>net.4</c>, <c>net.6</c>, …</summary>
    /// <param name="p">The parameters at the network's path.</param>
    /// <param name="inputs">Size of x's last axis.</param>
    /// <param name="hidden">Sizes of the hidden layers. Without any, the output of the only linear layer is normalised.</param>
    /// <param name="outputs">Size of the output.</param>
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

    /// <summary>Recalibrates every batch normalisation of the projector, see <see cref="BatchNorm.Recalibrate"/>.</summary>
    /// <param name="forward">Passes one or more batches through the projector on tapes.</param>
    /// <exception cref="InvalidOperationException">No batch passed through the projector while a tape was open.</exception>
    public void Recalibrate(Action forward)
    {
        ArgumentNullException.ThrowIfNull(forward);
        foreach (var norm in _norms)
        {
            var inner = forward;
            forward = () => norm.Recalibrate(inner);
        }

        forward();
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
