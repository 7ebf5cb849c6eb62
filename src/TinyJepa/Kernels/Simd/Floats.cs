namespace TinyJepa.Kernels;

/// <summary>
/// Float32 arithmetic on some elements at once: all that a formula needs. A formula is written once over it and runs on vectors of any width,
/// on single floats, or as text for another device.
/// </summary>
/// <remarks>
/// Every operation is one IEEE 754 operation per element; <see cref="Fma"/> rounds once. Minimum and maximum propagate NaN.
/// Masks have all bits of an element set, or none.
/// </remarks>
/// <typeparam name="V">The realisation.</typeparam>
public interface IFloats<V> where V : struct, IFloats<V>
{
    /// <summary>The same value in all elements.</summary>
    static abstract V Broadcast(float value);

    /// <summary>The same 32 bits in all elements.</summary>
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

    /// <summary>Elements of <paramref name="yes"/> where the mask is set, of <paramref name="no"/> elsewhere.</summary>
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

    /// <summary>Adds the elements as 32-bit integers.</summary>
    static abstract V AddBits(V a, V b);

    /// <summary>Shifts the bits of each element to the left.</summary>
    static abstract V ShiftLeft(V x, int count);

    /// <summary>Shifts the bits of each element to the right, filling with zeros.</summary>
    static abstract V ShiftRight(V x, int count);

    /// <summary>Shifts the bits of each element to the right, filling with the sign.</summary>
    static abstract V ShiftRightSigned(V x, int count);

    /// <summary>The elements' 32-bit integers as floats, rounded to nearest even.</summary>
    static abstract V ToFloat(V bits);

    /// <summary>Element by element sum.</summary>
    static abstract V operator +(V a, V b);

    /// <summary>Element by element difference.</summary>
    static abstract V operator -(V a, V b);

    /// <summary>Element by element product.</summary>
    static abstract V operator *(V a, V b);

    /// <summary>Element by element quotient.</summary>
    static abstract V operator /(V a, V b);

    /// <summary>Element by element negation (the sign bit flips).</summary>
    static abstract V operator -(V x);
}
