using System.Diagnostics.CodeAnalysis;

namespace TinyJepa;

/// <summary>The sentences of this library's errors: what was wrong, with the values, and what to do.</summary>
static class Throw
{
    [DoesNotReturn]
    internal static void Dead(bool missing) => throw new ObjectDisposedException(nameof(Tensor), missing
        ? "This tensor was never made: default(Tensor) holds nothing. Make one with Tensor.Zeros, Tensor.From or an operation."
        : "This tensor died with the scope or tape it was made in. "
            + "Let it live on with scope.Keep(tensor), or take its elements with ToArray() before the scope ends.");

    [DoesNotReturn]
    internal static void NoAxis(in Shape shape, int axis) => throw new ArgumentOutOfRangeException(nameof(axis), axis,
        shape.Rank == 0
            ? $"The shape [] has no axis {axis}: a scalar has none."
            : $"The shape {shape} has no axis {axis}: it has {shape.Rank} axes, 0 to {shape.Rank - 1} or −{shape.Rank} to −1.");

    [DoesNotReturn]
    internal static void NotScalar(in Shape shape) => throw new InvalidOperationException(
        $"Backward starts from one value, but the loss has the shape {shape}. Reduce it with Sum() or Mean().");

    [DoesNotReturn]
    internal static void NoHistory() => throw new InvalidOperationException(
        "The loss does not depend on a trained parameter or a watched tensor of this tape: "
        + "compute it between Tape.Begin() and Backward, outside plain scopes.");

    [DoesNotReturn]
    internal static void Frozen(in Shape shape) => throw new InvalidOperationException(
        $"The parameter of shape {shape} is frozen: its elements must not change. Read them with ToArray() or CopyTo, or call Thaw() first.");

    /// <summary>Two operands whose shapes an operation cannot combine.</summary>
    [DoesNotReturn]
    internal static void Mismatch(string operation, in Shape a, in Shape b, string rule) =>
        throw new ArgumentException($"{operation} cannot take the shapes {a} and {b}: {rule}.");

    /// <summary>One operand whose shape an operation cannot take.</summary>
    [DoesNotReturn]
    internal static void Unfit(string operation, in Shape x, string rule) =>
        throw new ArgumentException($"{operation} cannot take the shape {x}: {rule}.");

    [DoesNotReturn]
    internal static void Backends(Backend a, Backend b) => throw new InvalidOperationException(
        $"One tensor is on {a.Name}, the other on {b.Name}. Bring them together with x.To(backend).");
}
