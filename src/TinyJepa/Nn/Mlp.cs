namespace TinyJepa.Nn;

/// <summary>Linear layers with an activation between them, numbered as in PyTorch's Sequential: 0, 2, 4, …</summary>
public sealed class Mlp : Layer
{
    readonly Linear[] _layers;
    readonly Activation _activation;

    /// <summary>Creates the layers under <c>p["0"]</c>, <c>p["2"]</c>, …</summary>
    /// <param name="p">The parameters at the network's path.</param>
    /// <param name="sizes">Input size, hidden sizes, output size: at least two.</param>
    /// <param name="activation">Applied between layers, not after the last; GELU by default.</param>
    /// <param name="init">Initial weights from a layer's inputs and outputs, for example <see cref="Init.Glorot"/>; the biases are zero then.
    /// PyTorch's by default.</param>
    /// <exception cref="ArgumentException">There are fewer than two sizes.</exception>
    public Mlp(Parameters p, ReadOnlySpan<int> sizes, Activation? activation = null, Func<int, int, Initializer>? init = null)
    {
        ArgumentNullException.ThrowIfNull(p);
        if (sizes.Length < 2) throw new ArgumentException($"An Mlp needs at least an input and an output size, not {sizes.Length} sizes.", nameof(sizes));
        _activation = activation ?? Activation.Gelu;
        _layers = new Linear[sizes.Length - 1];
        var biasInit = init is null ? null : Init.Zero;
        for (var i = 0; i < _layers.Length; i++)
            _layers[i] = new Linear(p[$"{2 * i}"], sizes[i], sizes[i + 1], init: init?.Invoke(sizes[i], sizes[i + 1]), biasInit: biasInit);
    }

    /// <param name="x">[…, first size]</param>
    /// <returns>[…, last size]</returns>
    /// <exception cref="ArgumentException">x's last axis is not of the first size.</exception>
    public override Tensor Forward(Tensor x)
    {
        for (var i = 0; i < _layers.Length - 1; i++) x = _layers[i].Forward(x, _activation);
        return _layers[^1].Forward(x);
    }
}
