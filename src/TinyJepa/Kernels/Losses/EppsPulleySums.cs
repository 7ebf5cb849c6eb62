using System.Runtime.CompilerServices;

namespace TinyJepa.Kernels;

/// <summary>
/// The sums over samples that <see cref="EppsPulley"/> needs: pairs of Σ cos kθ and Σ sin kθ for the knots k ≤ 4 and k = 4q, of their products with
/// cos mθ for k = 4q + m.
/// </summary>
static unsafe class EppsPulleySums
{
    const int Pair = EppsPulley.Pair;

    /// <summary>Sums of cosines and sines, or of their products, of a tile of samples.</summary>
    [MethodImpl(Kernel.NoInline)]
    internal static void Accumulate<V>(float* rotors, int count, int groups, float* sums) where V : struct, ILanes<V>
    {
        var last = sums + 4 * groups * Pair;
        for (; count > 0; count--, rotors += Pair)
        {
            V c1 = V.Load(rotors), s1 = V.Load(rotors + 16);
            Angles.Multiples(c1, s1, out V c2, out V s2, out V c3, out V s3, out V c4, out V s4);
            Add(sums + Pair, c1, s1);
            Add(sums + 2 * Pair, c2, s2);
            Add(sums + 3 * Pair, c3, s3);
            V c = c4, s = s4;
            for (var at = sums + 4 * Pair; at < last; at += 4 * Pair)
            {
                Add(at, c, s);
                AddProducts(at + Pair, c, s, c1);
                AddProducts(at + 2 * Pair, c, s, c2);
                AddProducts(at + 3 * Pair, c, s, c3);
                Angles.Rotate(ref c, ref s, c4, s4);
            }

            Add(last, c, s);
        }
    }

    /// <summary>
    /// The same bits, two samples at a time: one load and store of each sum serves both, which costs as much as the arithmetic. For
    /// processors with enough registers. An odd sample is left to <see cref="Accumulate"/>.
    /// </summary>
    [MethodImpl(Kernel.NoInline)]
    internal static void AccumulatePairs<V>(float* rotors, int pairs, int groups, float* sums) where V : struct, ILanes<V>
    {
        var last = sums + 4 * groups * Pair;
        for (; pairs > 0; pairs--, rotors += 2 * Pair)
        {
            V c1 = V.Load(rotors), s1 = V.Load(rotors + 16), x1 = V.Load(rotors + Pair), z1 = V.Load(rotors + Pair + 16);
            Angles.Multiples(c1, s1, out V c2, out V s2, out V c3, out V s3, out V c4, out V s4);
            Angles.Multiples(x1, z1, out V x2, out V z2, out V x3, out V z3, out V x4, out V z4);
            Add(sums + Pair, c1, s1, x1, z1);
            Add(sums + 2 * Pair, c2, s2, x2, z2);
            Add(sums + 3 * Pair, c3, s3, x3, z3);
            V c = c4, s = s4, x = x4, z = z4;
            for (var at = sums + 4 * Pair; at < last; at += 4 * Pair)
            {
                Add(at, c, s, x, z);
                AddProducts(at + Pair, c, s, c1, x, z, x1);
                AddProducts(at + 2 * Pair, c, s, c2, x, z, x2);
                AddProducts(at + 3 * Pair, c, s, c3, x, z, x3);
                Angles.Rotate(ref c, ref s, c4, s4);
                Angles.Rotate(ref x, ref z, x4, z4);
            }

            Add(last, c, s, x, z);
        }
    }

    [MethodImpl(Kernel.NoInline)]
    internal static void Join<V>(float* part, float* sums, int count) where V : struct, ILanes<V>
    {
        for (var i = 0; i < count; i += 16) V.Store(V.Load(sums + i) + V.Load(part + i), sums + i);
    }

    [MethodImpl(Kernel.Inline)]
    static void Add<V>(float* sums, V c, V s) where V : struct, ILanes<V>
    {
        V.Store(V.Load(sums) + c, sums);
        V.Store(V.Load(sums + 16) + s, sums + 16);
    }

    /// <summary>Two samples, one after the other: the same bits as two calls.</summary>
    [MethodImpl(Kernel.Inline)]
    static void Add<V>(float* sums, V c, V s, V x, V z) where V : struct, ILanes<V>
    {
        V.Store(V.Load(sums) + c + x, sums);
        V.Store(V.Load(sums + 16) + s + z, sums + 16);
    }

    [MethodImpl(Kernel.Inline)]
    static void AddProducts<V>(float* sums, V c, V s, V by) where V : struct, ILanes<V>
    {
        V.Store(V.Fma(c, by, V.Load(sums)), sums);
        V.Store(V.Fma(s, by, V.Load(sums + 16)), sums + 16);
    }

    [MethodImpl(Kernel.Inline)]
    static void AddProducts<V>(float* sums, V c, V s, V by, V x, V z, V byToo) where V : struct, ILanes<V>
    {
        V.Store(V.Fma(x, byToo, V.Fma(c, by, V.Load(sums))), sums);
        V.Store(V.Fma(z, byToo, V.Fma(s, by, V.Load(sums + 16))), sums + 16);
    }
}
