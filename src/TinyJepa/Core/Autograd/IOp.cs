namespace TinyJepa;

/// <summary>
/// One executed operation: a struct whose fields are exactly what its backward pass reads, and a value or two that only its
/// export to another format needs. They are the memory bill of training.
/// </summary>
/// <example><code>
/// readonly struct Grad(Tensor x, Tensor y) : IOp
/// {
///     public void Backward(Tensor dy)
///     {
///         if (x.NeedsGradient(out var dx)) { … write dy·∂y/∂x into dx.Tensor, adding to it when dx.Accumulate is set … }
///     }
/// }
/// </code></example>
public interface IOp
{
    /// <summary>Writes this operation's contribution to the gradients of its inputs, or adds it where <see cref="GradientTarget.Accumulate"/> is set.</summary>
    /// <param name="dy">The gradient of the result, complete; same shape as the result.</param>
    void Backward(Tensor dy);
}
