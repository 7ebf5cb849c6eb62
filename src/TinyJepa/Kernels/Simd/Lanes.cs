namespace TinyJepa.Kernels;

/// <summary>
/// The one vector type of this library: a pack of 16 floats, whatever the processor offers. Kernels are written once over it,
/// so the order of every operation is the same on every machine, and so are the bits of every result.
/// </summary>
/// <remarks>Formulas need only <see cref="IFloats{V}"/>; here is what moves data between lanes or accesses part of a pack.</remarks>
/// <typeparam name="V">The realisation: 512 bits, 2 × 256, 4 × 128 or 16 scalars.</typeparam>
public unsafe interface ILanes<V> : IPack<V> where V : struct, ILanes<V>
{
    /// <summary>Floats in a pack.</summary>
    const int Count = 16;

    /// <summary>Reads <paramref name="count"/> &lt; 16 floats, and nothing after them; the other lanes hold <paramref name="fill"/>.</summary>
    static abstract V LoadPart(float* source, int count, float fill);

    /// <summary>Writes the first <paramref name="count"/> &lt; 16 lanes, and nothing after them.</summary>
    static abstract void StorePart(V value, float* target, int count);

    /// <summary>
    /// The 64-bit products of the even lanes as unsigned 32-bit integers: lower halves in the even lanes, upper halves in the odd ones.
    /// </summary>
    static abstract V MultiplyEven(V a, V b);

    /// <summary>The odd lanes, each one lane lower; zeros in the odd lanes.</summary>
    static abstract V OddToEven(V x);

    /// <summary>The even lanes, each one lane higher; zeros in the even lanes.</summary>
    static abstract V EvenToOdd(V x);

    /// <summary>From every four lanes the lower two of a, then the lower two of b.</summary>
    static abstract V JoinLow(V a, V b);

    /// <summary>From every four lanes the upper two of a, then the upper two of b.</summary>
    static abstract V JoinHigh(V a, V b);

    /// <summary>The largest of all lanes; NaN if any is.</summary>
    static abstract float Largest(V x);

    /// <summary>The sum of all lanes by the one fixed tree: halves are added until one lane is left (8, 4, 2, 1).</summary>
    static abstract float Sum(V x);

    /// <summary>Four sums by the same tree, in three quarters of the steps of four calls.</summary>
    static abstract void Sum(V a, V b, V c, V d, float* sums);
}
