using System.Runtime.CompilerServices;

namespace TinyJepa.Kernels;

/// <summary>Divisions of sizes, for positive integers.</summary>
static class IntegerMath
{
    /// <summary>⌈count / size⌉: how many parts of a size hold the count.</summary>
    [MethodImpl(Kernel.Inline)]
    internal static int CeilDiv(int count, int size) => (count + size - 1) / size;

    /// <inheritdoc cref="CeilDiv(int, int)"/>
    [MethodImpl(Kernel.Inline)]
    internal static long CeilDiv(long count, long size) => (count + size - 1) / size;

    /// <summary>The least multiple of <paramref name="size"/> that is not below the count.</summary>
    [MethodImpl(Kernel.Inline)]
    internal static int RoundUp(int count, int size) => CeilDiv(count, size) * size;
}
