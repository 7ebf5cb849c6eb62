namespace TinyJepa;

/// <summary>
/// Where a gradient goes. Every backward primitive of a <see cref="Backend"/> takes one of these for each gradient it computes; null stands for
/// a gradient that nobody needs.
/// </summary>
/// <param name="Tensor">The gradient, of the input's shape.</param>
/// <param name="Accumulate">Whether to add to what the tensor holds; otherwise it is overwritten, and its old elements must not be read.</param>
public readonly record struct GradientTarget(Tensor Tensor, bool Accumulate);
