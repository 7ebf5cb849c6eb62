using System.Runtime.CompilerServices;

namespace TinyJepa.Kernels;

/// <summary>
/// The transcendental functions, over lanes. They are our own polynomials because system libraries differ from each other in the last
/// bits and ours must not; a test holds every error bound stated here against float64.
/// </summary>
/// <remarks>Coefficients are minimax fits (Lawson iteration) of the remainder named beside each.</remarks>
public static partial class Functions
{
    const float Log2E = 1.44269504f, Ln2High = 0.693359375f, Ln2Low = -2.12194440e-4f;
    const float RoundByAdding = 12582912f;               // 1.5·2^23: adding it rounds to the nearest integer, in the low bits

    /// <summary>eˣ to 3 ulp. Results below 2⁻¹²⁵·⁵ = 1.7e-38 are 0.</summary>
    /// <remarks>
    /// x = n·ln 2 + r and eˣ = 2ⁿ⁻¹·2eʳ. The power is a factor rather than bits added to the exponent, so that NaN stays NaN; one less than n,
    /// so that n = 128 still has one: at the bounds of x it is 0 below, and the product overflows above, without a comparison.
    /// </remarks>
    [MethodImpl(Kernel.Inline)]
    public static V Exp<V>(V x) where V : struct, IFloats<V> => ExpWithin(V.Clamp(x, V.Broadcast(-87.3f), V.Broadcast(88.9f)));   // n from −126 to 128

    /// <summary>The bits of <see cref="Exp"/> where x is not positive; NaN stays NaN.</summary>
    [MethodImpl(Kernel.Inline)]
    internal static V ExpOfNegative<V>(V x) where V : struct, IFloats<V> => ExpWithin(V.MaxNative(V.Broadcast(-87.3f), x));

    [MethodImpl(Kernel.Inline)]
    static V ExpWithin<V>(V x) where V : struct, IFloats<V>
    {
        var shifted = V.Fma(x, V.Broadcast(Log2E), V.Broadcast(RoundByAdding + 126f));  // n + 126 in the low bits: 2ⁿ⁻¹ has this exponent
        var n = shifted - V.Broadcast(RoundByAdding + 126f);
        var r = V.Fma(n, V.Broadcast(-Ln2High), x);
        r = V.Fma(n, V.Broadcast(-Ln2Low), r);

        var y = V.Broadcast(0.016580582f);
        y = V.Fma(y, r, V.Broadcast(0.083796114f));
        y = V.Fma(y, r, V.Broadcast(0.33335274f));
        y = V.Fma(y, r, V.Broadcast(0.99998295f));
        y = V.Fma(y, r, V.Broadcast(1.9999994f));
        y = V.Fma(y, r, V.Broadcast(2f));
        return y * V.ShiftLeft(shifted, 23);
    }

    /// <summary>2ˣ to 2.1 ulp for x ≤ 0, 0 below −126: x = n + f, 2ᶠ = 1 + f·q(f), and n goes into the exponent bits.</summary>
    /// <remarks>Three multiplications cheaper than <see cref="Exp"/>, for softmax. Not for positive x or NaN.</remarks>
    [MethodImpl(Kernel.Inline)]
    internal static V Exp2OfNegative<V>(V x) where V : struct, IFloats<V>
    {
        var shifted = x + V.Broadcast(RoundByAdding);
        var f = x - (shifted - V.Broadcast(RoundByAdding));

        var q = V.Broadcast(0.0013264727f);
        q = V.Fma(q, f, V.Broadcast(0.009671513f));
        q = V.Fma(q, f, V.Broadcast(0.055507336f));
        q = V.Fma(q, f, V.Broadcast(0.24022242f));
        q = V.Fma(q, f, V.Broadcast(0.693147f));
        var y = V.AddBits(V.Fma(q, f, V.Broadcast(1f)), V.ShiftLeft(shifted, 23));
        return V.Select(V.Less(x, V.Broadcast(-126f)), V.Broadcast(0f), y);
    }

    /// <summary>ln x to 2 ulp; −∞ at 0, NaN below.</summary>
    [MethodImpl(Kernel.Inline)]
    public static V Log<V>(V x) where V : struct, IFloats<V>
    {
        // Subnormals are scaled by 2^23 first, so that every exponent can be read off the bits.
        const float smallestNormal = 1.17549435e-38f;
        var y = LogOfSplit(
            V.SelectLess(x, V.Broadcast(smallestNormal), x * V.Broadcast(8388608f), x),
            V.SelectLess(x, V.Broadcast(smallestNormal), V.Broadcast(23f), V.Broadcast(0f)));
        y = V.SelectLess(x, V.Broadcast(float.PositiveInfinity), y, x);              // ∞ and NaN are their own logarithm
        var notPositive = V.SelectLess(x, V.Broadcast(0f), V.Broadcast(float.NaN), x - V.Broadcast(float.PositiveInfinity));
        return V.SelectLess(V.Broadcast(0f), x, y, notPositive);
    }

    /// <summary>The bits of <see cref="Log"/> where x is positive, finite and no subnormal.</summary>
    [MethodImpl(Kernel.Inline)]
    internal static V LogOfNormal<V>(V x) where V : struct, IFloats<V> => LogOfSplit(x, V.Broadcast(0f));

    /// <summary>ln of a normal float times 2 to minus <paramref name="less"/>.</summary>
    [MethodImpl(Kernel.Inline)]
    static V LogOfSplit<V>(V scaled, V less) where V : struct, IFloats<V>
    {
        // x = 2^e·m with m in [√½, √2): subtracting √½'s bits makes the split fall there.
        const int rootHalf = 0x3F3504F3;
        var bits = V.AddBits(scaled, V.BroadcastBits(-rootHalf));
        var e = V.ToFloat(V.AddBits(V.ShiftRight(V.AddBits(bits, V.BroadcastBits(0x40000000)), 23), V.BroadcastBits(-128)));
        e -= less;
        var m = V.AddBits(V.And(bits, V.BroadcastBits(0x007FFFFF)), V.BroadcastBits(rootHalf));

        // ln(1 + f) = f − f²/2 + f³·p(f)
        var f = m - V.Broadcast(1f);
        var p = V.Broadcast(0.06746641f);
        p = V.Fma(p, f, V.Broadcast(-0.11675652f));
        p = V.Fma(p, f, V.Broadcast(0.11888162f));
        p = V.Fma(p, f, V.Broadcast(-0.12405589f));
        p = V.Fma(p, f, V.Broadcast(0.14219552f));
        p = V.Fma(p, f, V.Broadcast(-0.16667996f));
        p = V.Fma(p, f, V.Broadcast(0.20002119f));
        p = V.Fma(p, f, V.Broadcast(-0.2500001f));
        p = V.Fma(p, f, V.Broadcast(0.33333313f));
        var square = f * f;
        var low = V.Fma(p * f, square, e * V.Broadcast(Ln2Low));
        low = V.Fma(square, V.Broadcast(-0.5f), low) + f;
        return V.Fma(e, V.Broadcast(Ln2High), low);
    }

    /// <summary>1 / (1 + e⁻ˣ) to 4 ulp; 0 below −88.7.</summary>
    [MethodImpl(Kernel.Inline)]
    public static V Sigmoid<V>(V x) where V : struct, IFloats<V> => V.Broadcast(1f) / (V.Broadcast(1f) + Exp(-x));

    /// <summary>tanh x to 5 ulp: x·p(x²)/q(x²), ±1 from |x| = 9.1 on.</summary>
    [MethodImpl(Kernel.Inline)]
    public static V Tanh<V>(V x) where V : struct, IFloats<V>
    {
        x = V.Clamp(x, V.Broadcast(-9.1f), V.Broadcast(9.1f));
        var z = x * x;
        var p = V.Broadcast(1.3319021e-08f);
        p = V.Fma(p, z, V.Broadcast(2.0583448e-05f));
        p = V.Fma(p, z, V.Broadcast(0.0034940327f));
        p = V.Fma(p, z, V.Broadcast(0.13379717f));
        p = V.Fma(p, z, V.Broadcast(1f));
        var q = V.Broadcast(7.7619995e-07f);
        q = V.Fma(q, z, V.Broadcast(0.00032830896f));
        q = V.Fma(q, z, V.Broadcast(0.025871066f));
        q = V.Fma(q, z, V.Broadcast(0.4671303f));
        q = V.Fma(q, z, V.Broadcast(1f));
        return V.Clamp(x * p / q, V.Broadcast(-1f), V.Broadcast(1f));
    }

    /// <summary>erf x to 4e-7 absolute: x·p(x²)/q(x²), ±1 from |x| = 3.93 on.</summary>
    [MethodImpl(Kernel.Inline)]
    public static V Erf<V>(V x) where V : struct, IFloats<V>
    {
        x = V.Clamp(x, V.Broadcast(-3.93f), V.Broadcast(3.93f));                        // there p/q has just passed 1
        var z = x * x;
        var p = V.Broadcast(2.050404e-06f);
        p = V.Fma(p, z, V.Broadcast(0.00028745722f));
        p = V.Fma(p, z, V.Broadcast(0.00383684f));
        p = V.Fma(p, z, V.Broadcast(0.052966807f));
        p = V.Fma(p, z, V.Broadcast(0.19194005f));
        p = V.Fma(p, z, V.Broadcast(1.128379f));
        var q = V.Broadcast(3.8230915e-05f);
        q = V.Fma(q, z, V.Broadcast(0.0011817272f));
        q = V.Fma(q, z, V.Broadcast(0.01510913f));
        q = V.Fma(q, z, V.Broadcast(0.11475782f));
        q = V.Fma(q, z, V.Broadcast(0.50343424f));
        q = V.Fma(q, z, V.Broadcast(1f));
        return V.Clamp(x * p / q, V.Broadcast(-1f), V.Broadcast(1f));
    }

    /// <summary>The normal distribution function Φ(x) to 2.5e-7 absolute: ½ + x·p(x²)/q(x²), exactly 0 and 1 from |x| = 5.7048764 on.</summary>
    [MethodImpl(Kernel.Inline)]
    public static V NormalCdf<V>(V x) where V : struct, IFloats<V>
    {
        x = V.Clamp(x, V.Broadcast(-5.7048764f), V.Broadcast(5.7048764f));                // there the quotient is ½ to the last bit
        var z = x * x;
        var p = V.Broadcast(2.2239021e-08f);
        p = V.Fma(p, z, V.Broadcast(6.306288e-06f));
        p = V.Fma(p, z, V.Broadcast(0.00017033918f));
        p = V.Fma(p, z, V.Broadcast(0.004686065f));
        p = V.Fma(p, z, V.Broadcast(0.034059502f));
        p = V.Fma(p, z, V.Broadcast(0.39894226f));
        var q = V.Broadcast(1.1791674e-06f);
        q = V.Fma(q, z, V.Broadcast(7.3831085e-05f));
        q = V.Fma(q, z, V.Broadcast(0.0018934786f));
        q = V.Fma(q, z, V.Broadcast(0.028754042f));
        q = V.Fma(q, z, V.Broadcast(0.25204077f));
        q = V.Fma(q, z, V.Broadcast(1f));
        return V.Broadcast(0.5f) + x * p / q;
    }

    /// <summary>
    /// Φ(x) + x·φ(x), the derivative of x·Φ(x), to 2.5e-7 absolute: ½ + x·p(x²)/q(x²) again, since the sum less ½ is odd too; exactly 0 and 1
    /// from |x| = 5.948387 on. Half the time of Φ and an exponential for φ. Two degrees fewer would do for single elements, but the error they leave
    /// has a sign that stays the same over a range of x, and a sum of many gradients shows it.
    /// </summary>
    [MethodImpl(Kernel.Inline)]
    public static V GeluSlope<V>(V x) where V : struct, IFloats<V>
    {
        x = V.Clamp(x, V.Broadcast(-5.948387f), V.Broadcast(5.948387f));                // there the quotient is ½ to the last bit
        var z = x * x;
        var p = V.Broadcast(1.5829892e-08f);
        p = V.Fma(p, z, V.Broadcast(7.502519e-07f));
        p = V.Fma(p, z, V.Broadcast(3.4073826e-05f));
        p = V.Fma(p, z, V.Broadcast(0.0001371844f));
        p = V.Fma(p, z, V.Broadcast(0.014000397f));
        p = V.Fma(p, z, V.Broadcast(-0.026003985f));
        p = V.Fma(p, z, V.Broadcast(0.7978845f));
        var q = V.Broadcast(1.2864985e-09f);
        q = V.Fma(q, z, V.Broadcast(2.924625e-07f));
        q = V.Fma(q, z, V.Broadcast(9.452947e-06f));
        q = V.Fma(q, z, V.Broadcast(0.00022899089f));
        q = V.Fma(q, z, V.Broadcast(0.0037851f));
        q = V.Fma(q, z, V.Broadcast(0.042794883f));
        q = V.Fma(q, z, V.Broadcast(0.30074194f));
        q = V.Fma(q, z, V.Broadcast(1f));
        return V.Broadcast(0.5f) + x * p / q;
    }

    /// <summary>sin x to 1.5e-7 absolute for |x| up to 2·10⁶; NaN beyond. x = n·π + r, and n's parity is the sign.</summary>
    [MethodImpl(Kernel.Inline)]
    public static V Sin<V>(V x) where V : struct, IFloats<V>
    {
        var shifted = V.Fma(x, V.Broadcast(0.318309886f), V.Broadcast(RoundByAdding));
        var y = V.Xor(SinOfRest(x, shifted - V.Broadcast(RoundByAdding)), V.ShiftLeft(shifted, 31));
        return V.Or(y, V.Less(V.Broadcast(2e6f), Abs(x)));
    }

    /// <summary>cos x to 1.5e-7 absolute for |x| up to 10⁵, to 2.5e-7 up to 2·10⁶; NaN beyond. |x| = (n + ½)·π + r.</summary>
    [MethodImpl(Kernel.Inline)]
    public static V Cos<V>(V x) where V : struct, IFloats<V>
    {
        x = Abs(x);
        var shifted = V.Fma(x, V.Broadcast(0.318309886f), V.Broadcast(-0.5f)) + V.Broadcast(RoundByAdding);
        var y = V.Xor(SinOfRest(x, shifted - V.Broadcast(RoundByAdding) + V.Broadcast(0.5f)), V.ShiftLeft(shifted, 31), V.BroadcastBits(int.MinValue));
        return V.Or(y, V.Less(V.Broadcast(2e6f), x));
    }

    /// <summary>sin(x − n·π) for n that leave a rest of hardly more than π/2. One polynomial suffices where only one of the two functions is needed.</summary>
    [MethodImpl(Kernel.Inline)]
    static V SinOfRest<V>(V x, V n) where V : struct, IFloats<V>
    {
        var r = V.Fma(n, V.Broadcast(-3.14159274f), x);                             // π in three floats: exact products, thanks to FMA
        r = V.Fma(n, V.Broadcast(8.74227766e-8f), r);
        r = V.Fma(n, V.Broadcast(3.43024902e-15f), r);

        var z = r * r;
        var s = V.Broadcast(2.5784484e-06f);
        s = V.Fma(s, z, V.Broadcast(-0.00019796113f));
        s = V.Fma(s, z, V.Broadcast(0.0083328625f));
        s = V.Fma(s, z, V.Broadcast(-0.16666651f));
        return V.Fma(s * z, r, r);
    }

    /// <summary>Both at once, to 1.2e-7 absolute for |x| up to 2·10⁶; NaN beyond.</summary>
    [MethodImpl(Kernel.Inline)]
    public static void SinCos<V>(V x, out V sin, out V cos) where V : struct, IFloats<V>
    {
        SinCosInRange(x, out sin, out cos);
        var outside = V.Less(V.Broadcast(2e6f), Abs(x));
        sin = V.Or(sin, outside);
        cos = V.Or(cos, outside);
    }

    /// <summary>The bits of <see cref="SinCos"/> for |x| up to 2·10⁶: x = n·π/2 + r; the parity of n swaps the two, its next bit flips the signs.</summary>
    [MethodImpl(Kernel.Inline)]
    internal static void SinCosInRange<V>(V x, out V sin, out V cos) where V : struct, IFloats<V>
    {
        var shifted = V.Fma(x, V.Broadcast(0.636619772f), V.Broadcast(RoundByAdding));
        var n = shifted - V.Broadcast(RoundByAdding);
        var r = V.Fma(n, V.Broadcast(-1.57079637f), x);                             // π/2 in three floats: exact products, thanks to FMA
        r = V.Fma(n, V.Broadcast(4.37113883e-8f), r);
        r = V.Fma(n, V.Broadcast(1.71512451e-15f), r);

        var z = r * r;
        var s = V.Broadcast(-0.00019516978f);
        s = V.Fma(s, z, V.Broadcast(0.008332176f));
        s = V.Fma(s, z, V.Broadcast(-0.16666655f));
        s = V.Fma(s * z, r, r);
        var c = V.Broadcast(2.4438092e-05f);
        c = V.Fma(c, z, V.Broadcast(-0.0013887364f));
        c = V.Fma(c, z, V.Broadcast(0.041666646f));
        c = V.Fma(c * z, z, V.Fma(z, V.Broadcast(-0.5f), V.Broadcast(1f)));

        var odd = V.ShiftRightSigned(V.ShiftLeft(shifted, 31), 31);
        var minus = V.BroadcastBits(int.MinValue);
        var sinSign = V.And(V.ShiftLeft(shifted, 30), minus);
        var cosSign = V.Xor(sinSign, V.And(odd, minus));                               // the second bit of n + 1
        sin = V.Xor(V.Select(odd, c, s), sinSign);
        cos = V.Xor(V.Select(odd, s, c), cosSign);
    }

    /// <summary>|x|.</summary>
    [MethodImpl(Kernel.Inline)]
    public static V Abs<V>(V x) where V : struct, IFloats<V> => V.And(x, V.BroadcastBits(int.MaxValue));

    /// <summary>−1, 0 or 1.</summary>
    [MethodImpl(Kernel.Inline)]
    public static V Sign<V>(V x) where V : struct, IFloats<V> =>
        V.Or(V.And(V.Less(V.Broadcast(0f), x), V.Broadcast(1f)), V.And(V.Less(x, V.Broadcast(0f)), V.Broadcast(-1f)));
}
