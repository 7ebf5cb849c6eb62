namespace TinyJepa.Nn;

/// <summary>A piece of a model with parameters of its own. An open tape means training; there is no switch.</summary>
public abstract class Layer
{
    /// <summary>Computes the layer's answer.</summary>
    public abstract Tensor Forward(Tensor x);
}
