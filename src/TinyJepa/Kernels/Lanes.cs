namespace TinyJepa.Kernels;

/// <summary>
/// The one vector type of this library: a pack of 16 floats, whatever the processor offers. Kernels are written once over it,
/// so the order of every operation is the same on every machine, and so are the bits of every result.
/// </summary>
/// <remarks>
/// Every operation is one IEEE 754 operation per lane; <see cref="Fma"/> rounds once. Minimum and maximum propagate NaN.
/// Masks are packs whose lanes are all ones or all zeros.
/// </remarks>
/// <typeparam name="V">The realisation: 512 bits, 2 × 256, 4 × 128 or 16 scalars.</typeparam>
public unsafe interface ILanes<V> where V : struct, ILanes<V>
{
    /// <summary>Floats in a pack.</summary>
    const int Count = 16;

    /// <summary>Reads 16 floats.</summary>
    static abstract V Load(float* source);

    /// <summary>Writes 16 floats.</summary>
    static abstract void Store(V value, float* target);

    /// <summary>Reads <paramref name="count"/> &lt; 16 floats, and nothing behind them; the other lanes hold <paramref name="fill"/>.</summary>
    static abstract V LoadPart(float* source, int count, float fill);

    /// <summary>Writes the first <paramref name="count"/> &lt; 16 lanes, and nothing behind them.</summary>
    static abstract void StorePart(V value, float* target, int count);

    /// <summary>The same value in all lanes.</summary>
    static abstract V Broadcast(float value);

    /// <summary>The same 32 bits in all lanes.</summary>
    static abstract V BroadcastBits(int bits);

    /// <summary>a·b + c, rounded once.</summary>
    static abstract V Fma(V a, V b, V c);

    /// <summary>√x.</summary>
    static abstract V Sqrt(V x);

    /// <summary>The smaller of each pair; NaN if either is.</summary>
    static abstract V Min(V a, V b);

    /// <summary>The larger of each pair; NaN if either is.</summary>
    static abstract V Max(V a, V b);

    /// <summary>The larger of each pair; NaN where b is, either where a is. One operation where <see cref="Max"/> takes three.</summary>
    static abstract V MaxNative(V a, V b);

    /// <summary>x held within two bounds that are neither NaN nor zero; NaN stays NaN. One operation a bound, where Min and Max take three.</summary>
    static abstract V Clamp(V x, V low, V high);

    /// <summary>A mask of a &lt; b.</summary>
    static abstract V Less(V a, V b);

    /// <summary>Lanes of <paramref name="yes"/> where the mask is set, of <paramref name="no"/> elsewhere.</summary>
    static abstract V Select(V mask, V yes, V no);

    /// <summary>yes where a &lt; b, no elsewhere: a <see cref="Select"/> whose mask never leaves its register.</summary>
    static abstract V SelectLess(V a, V b, V yes, V no);

    /// <summary>Bitwise and.</summary>
    static abstract V And(V a, V b);

    /// <summary>Bitwise or.</summary>
    static abstract V Or(V a, V b);

    /// <summary>Bitwise exclusive or.</summary>
    static abstract V Xor(V a, V b);

    /// <summary>Bitwise exclusive or of three.</summary>
    static abstract V Xor(V a, V b, V c);

    /// <summary>Adds the lanes as 32-bit integers.</summary>
    static abstract V AddBits(V a, V b);

    /// <summary>Shifts the bits of each lane to the left.</summary>
    static abstract V ShiftLeft(V x, int count);

    /// <summary>Shifts the bits of each lane to the right, filling with zeros.</summary>
    static abstract V ShiftRight(V x, int count);

    /// <summary>Shifts the bits of each lane to the right, filling with the sign.</summary>
    static abstract V ShiftRightSigned(V x, int count);

    /// <summary>The lanes' 32-bit integers as floats, rounded to nearest even.</summary>
    static abstract V ToFloat(V bits);

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

    /// <summary>Four sums by the same tree; together they take three quarters of the steps.</summary>
    static abstract void Sum(V a, V b, V c, V d, float* sums);

    /// <summary>Lane by lane sum.</summary>
    static abstract V operator +(V a, V b);

    /// <summary>Lane by lane difference.</summary>
    static abstract V operator -(V a, V b);

    /// <summary>Lane by lane product.</summary>
    static abstract V operator *(V a, V b);

    /// <summary>Lane by lane quotient.</summary>
    static abstract V operator /(V a, V b);

    /// <summary>Lane by lane negation (the sign bit flips).</summary>
    static abstract V operator -(V x);
}
