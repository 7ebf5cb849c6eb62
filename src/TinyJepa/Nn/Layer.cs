namespace TinyJepa.Nn;

/// <summary>A part of a model, usually with parameters. An open tape means training (batch statistics, dropout); there is no switch.</summary>
public abstract class Layer
{
    /// <summary>Computes the layer's output.</summary>
    public abstract Tensor Forward(Tensor x);
}
