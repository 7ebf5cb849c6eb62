namespace TinyJepa.Nn;

/// <summary>A <see cref="Layer"/> with a second input that controls what it computes, for example the actions between latents.</summary>
public abstract class ConditionedLayer
{
    /// <summary>Computes the layer's output.</summary>
    public abstract Tensor Forward(Tensor x, Tensor condition);
}
