using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace TinyJepa.Kernels;

/// <summary>16 lanes as four 128-bit vectors, lower lanes first.</summary>
readonly unsafe struct Lanes128x4(Vector128<float> v0, Vector128<float> v1, Vector128<float> v2, Vector128<float> v3) : ILanes<Lanes128x4>
{
    readonly Vector128<float> _0 = v0, _1 = v1, _2 = v2, _3 = v3;

    public static int Width => ILanes<Lanes128x4>.Count;

    [MethodImpl(Kernel.Inline)]
    public static Lanes128x4 Load(float* source) => new(
        Vector128.Load(source),
        Vector128.Load(source + 4),
        Vector128.Load(source + 8),
        Vector128.Load(source + 12));

    [MethodImpl(Kernel.Inline)]
    public static void Store(Lanes128x4 value, float* target)
    {
        value._0.Store(target);
        value._1.Store(target + 4);
        value._2.Store(target + 8);
        value._3.Store(target + 12);
    }

    [MethodImpl(Kernel.Inline)]
    public static Lanes128x4 LoadPart(float* source, int count, float fill) => Pack.LoadSlowly<Lanes128x4>(source, count, fill);

    [MethodImpl(Kernel.Inline)]
    public static void StorePart(Lanes128x4 value, float* target, int count) => Pack.StoreSlowly(value, target, count);

    [MethodImpl(Kernel.Inline)]
    public static Lanes128x4 Broadcast(float value)
    {
        var v = Vector128.Create(value);
        return new(v, v, v, v);
    }

    [MethodImpl(Kernel.Inline)]
    public static Lanes128x4 BroadcastBits(int bits)
    {
        var v = Vector128.Create(bits).AsSingle();
        return new(v, v, v, v);
    }

    [MethodImpl(Kernel.Inline)]
    public static Lanes128x4 Fma(Lanes128x4 a, Lanes128x4 b, Lanes128x4 c) => new(
        Vector128.FusedMultiplyAdd(a._0, b._0, c._0),
        Vector128.FusedMultiplyAdd(a._1, b._1, c._1),
        Vector128.FusedMultiplyAdd(a._2, b._2, c._2),
        Vector128.FusedMultiplyAdd(a._3, b._3, c._3));

    [MethodImpl(Kernel.Inline)]
    public static Lanes128x4 Sqrt(Lanes128x4 x) => new(
        Vector128.Sqrt(x._0),
        Vector128.Sqrt(x._1),
        Vector128.Sqrt(x._2),
        Vector128.Sqrt(x._3));

    [MethodImpl(Kernel.Inline)]
    public static Lanes128x4 Min(Lanes128x4 a, Lanes128x4 b) => new(
        Vector128.Min(a._0, b._0),
        Vector128.Min(a._1, b._1),
        Vector128.Min(a._2, b._2),
        Vector128.Min(a._3, b._3));

    [MethodImpl(Kernel.Inline)]
    public static Lanes128x4 Max(Lanes128x4 a, Lanes128x4 b) => new(
        Vector128.Max(a._0, b._0),
        Vector128.Max(a._1, b._1),
        Vector128.Max(a._2, b._2),
        Vector128.Max(a._3, b._3));

    [MethodImpl(Kernel.Inline)]
    public static Lanes128x4 MaxNative(Lanes128x4 a, Lanes128x4 b) => new(
        Vector128.MaxNative(a._0, b._0),
        Vector128.MaxNative(a._1, b._1),
        Vector128.MaxNative(a._2, b._2),
        Vector128.MaxNative(a._3, b._3));

    [MethodImpl(Kernel.Inline)]
    public static Lanes128x4 Clamp(Lanes128x4 x, Lanes128x4 low, Lanes128x4 high) => new(
        Vector128.MaxNative(low._0, Vector128.MinNative(high._0, x._0)),
        Vector128.MaxNative(low._1, Vector128.MinNative(high._1, x._1)),
        Vector128.MaxNative(low._2, Vector128.MinNative(high._2, x._2)),
        Vector128.MaxNative(low._3, Vector128.MinNative(high._3, x._3)));

    [MethodImpl(Kernel.Inline)]
    public static Lanes128x4 Less(Lanes128x4 a, Lanes128x4 b) => new(
        Vector128.LessThan(a._0, b._0),
        Vector128.LessThan(a._1, b._1),
        Vector128.LessThan(a._2, b._2),
        Vector128.LessThan(a._3, b._3));

    [MethodImpl(Kernel.Inline)]
    public static Lanes128x4 Select(Lanes128x4 mask, Lanes128x4 yes, Lanes128x4 no) => new(
        Vector128.ConditionalSelect(mask._0, yes._0, no._0),
        Vector128.ConditionalSelect(mask._1, yes._1, no._1),
        Vector128.ConditionalSelect(mask._2, yes._2, no._2),
        Vector128.ConditionalSelect(mask._3, yes._3, no._3));

    [MethodImpl(Kernel.Inline)]
    public static Lanes128x4 SelectLess(Lanes128x4 a, Lanes128x4 b, Lanes128x4 yes, Lanes128x4 no) => new(
        Vector128.ConditionalSelect(Vector128.LessThan(a._0, b._0), yes._0, no._0),
        Vector128.ConditionalSelect(Vector128.LessThan(a._1, b._1), yes._1, no._1),
        Vector128.ConditionalSelect(Vector128.LessThan(a._2, b._2), yes._2, no._2),
        Vector128.ConditionalSelect(Vector128.LessThan(a._3, b._3), yes._3, no._3));

    [MethodImpl(Kernel.Inline)]
    public static Lanes128x4 And(Lanes128x4 a, Lanes128x4 b) => new(a._0 & b._0, a._1 & b._1, a._2 & b._2, a._3 & b._3);

    [MethodImpl(Kernel.Inline)]
    public static Lanes128x4 Or(Lanes128x4 a, Lanes128x4 b) => new(a._0 | b._0, a._1 | b._1, a._2 | b._2, a._3 | b._3);

    [MethodImpl(Kernel.Inline)]
    public static Lanes128x4 Xor(Lanes128x4 a, Lanes128x4 b) => new(a._0 ^ b._0, a._1 ^ b._1, a._2 ^ b._2, a._3 ^ b._3);

    [MethodImpl(Kernel.Inline)]
    public static Lanes128x4 Xor(Lanes128x4 a, Lanes128x4 b, Lanes128x4 c) => new(
        a._0 ^ b._0 ^ c._0,
        a._1 ^ b._1 ^ c._1,
        a._2 ^ b._2 ^ c._2,
        a._3 ^ b._3 ^ c._3);

    [MethodImpl(Kernel.Inline)]
    public static Lanes128x4 AddBits(Lanes128x4 a, Lanes128x4 b) => new(
        (a._0.AsInt32() + b._0.AsInt32()).AsSingle(),
        (a._1.AsInt32() + b._1.AsInt32()).AsSingle(),
        (a._2.AsInt32() + b._2.AsInt32()).AsSingle(),
        (a._3.AsInt32() + b._3.AsInt32()).AsSingle());

    [MethodImpl(Kernel.Inline)]
    public static Lanes128x4 ShiftLeft(Lanes128x4 x, int count) => new(
        Vector128.ShiftLeft(x._0.AsInt32(), count).AsSingle(),
        Vector128.ShiftLeft(x._1.AsInt32(), count).AsSingle(),
        Vector128.ShiftLeft(x._2.AsInt32(), count).AsSingle(),
        Vector128.ShiftLeft(x._3.AsInt32(), count).AsSingle());

    [MethodImpl(Kernel.Inline)]
    public static Lanes128x4 ShiftRight(Lanes128x4 x, int count) => new(
        Vector128.ShiftRightLogical(x._0.AsInt32(), count).AsSingle(),
        Vector128.ShiftRightLogical(x._1.AsInt32(), count).AsSingle(),
        Vector128.ShiftRightLogical(x._2.AsInt32(), count).AsSingle(),
        Vector128.ShiftRightLogical(x._3.AsInt32(), count).AsSingle());

    [MethodImpl(Kernel.Inline)]
    public static Lanes128x4 ShiftRightSigned(Lanes128x4 x, int count) => new(
        Vector128.ShiftRightArithmetic(x._0.AsInt32(), count).AsSingle(),
        Vector128.ShiftRightArithmetic(x._1.AsInt32(), count).AsSingle(),
        Vector128.ShiftRightArithmetic(x._2.AsInt32(), count).AsSingle(),
        Vector128.ShiftRightArithmetic(x._3.AsInt32(), count).AsSingle());

    [MethodImpl(Kernel.Inline)]
    public static Lanes128x4 ToFloat(Lanes128x4 bits) => new(
        Vector128.ConvertToSingle(bits._0.AsInt32()),
        Vector128.ConvertToSingle(bits._1.AsInt32()),
        Vector128.ConvertToSingle(bits._2.AsInt32()),
        Vector128.ConvertToSingle(bits._3.AsInt32()));

    [MethodImpl(Kernel.Inline)]
    public static Lanes128x4 MultiplyEven(Lanes128x4 a, Lanes128x4 b) => new(
        Simd.MultiplyEven(a._0, b._0),
        Simd.MultiplyEven(a._1, b._1),
        Simd.MultiplyEven(a._2, b._2),
        Simd.MultiplyEven(a._3, b._3));

    [MethodImpl(Kernel.Inline)]
    public static Lanes128x4 OddToEven(Lanes128x4 x) => new(
        Vector128.ShiftRightLogical(x._0.AsUInt64(), 32).AsSingle(),
        Vector128.ShiftRightLogical(x._1.AsUInt64(), 32).AsSingle(),
        Vector128.ShiftRightLogical(x._2.AsUInt64(), 32).AsSingle(),
        Vector128.ShiftRightLogical(x._3.AsUInt64(), 32).AsSingle());

    [MethodImpl(Kernel.Inline)]
    public static Lanes128x4 EvenToOdd(Lanes128x4 x) => new(
        Vector128.ShiftLeft(x._0.AsUInt64(), 32).AsSingle(),
        Vector128.ShiftLeft(x._1.AsUInt64(), 32).AsSingle(),
        Vector128.ShiftLeft(x._2.AsUInt64(), 32).AsSingle(),
        Vector128.ShiftLeft(x._3.AsUInt64(), 32).AsSingle());

    [MethodImpl(Kernel.Inline)]
    public static Lanes128x4 JoinLow(Lanes128x4 a, Lanes128x4 b) => new(
        Simd.JoinLow(a._0, b._0),
        Simd.JoinLow(a._1, b._1),
        Simd.JoinLow(a._2, b._2),
        Simd.JoinLow(a._3, b._3));

    [MethodImpl(Kernel.Inline)]
    public static Lanes128x4 JoinHigh(Lanes128x4 a, Lanes128x4 b) => new(
        Simd.JoinHigh(a._0, b._0),
        Simd.JoinHigh(a._1, b._1),
        Simd.JoinHigh(a._2, b._2),
        Simd.JoinHigh(a._3, b._3));

    [MethodImpl(Kernel.Inline)]
    public static float Largest(Lanes128x4 x) => Largest(Vector128.Max(x._0, x._2), Vector128.Max(x._1, x._3));

    /// <summary>The last steps, from 8 lanes on.</summary>
    [MethodImpl(Kernel.Inline)]
    internal static float Largest(Vector256<float> x) => Largest(x.GetLower(), x.GetUpper());

    [MethodImpl(Kernel.Inline)]
    static float Largest(Vector128<float> lower, Vector128<float> upper)
    {
        var four = Vector128.Max(lower, upper);
        return MathF.Max(MathF.Max(four.GetElement(0), four.GetElement(2)), MathF.Max(four.GetElement(1), four.GetElement(3)));
    }

    [MethodImpl(Kernel.Inline)]
    public static float Sum(Lanes128x4 x) => Sum(x._0 + x._2, x._1 + x._3);

    [MethodImpl(Kernel.Inline)]
    public static void Sum(Lanes128x4 a, Lanes128x4 b, Lanes128x4 c, Lanes128x4 d, float* sums) => SumFour(
        a._0 + a._2 + (a._1 + a._3), b._0 + b._2 + (b._1 + b._3), c._0 + c._2 + (c._1 + c._3), d._0 + d._2 + (d._1 + d._3)).Store(sums);

    [MethodImpl(Kernel.Inline)]
    internal static void Sum(Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d, float* sums) =>
        SumFour(a.GetLower() + a.GetUpper(), b.GetLower() + b.GetUpper(), c.GetLower() + c.GetUpper(), d.GetLower() + d.GetUpper()).Store(sums);

    /// <summary>The tree's last two steps for four sums: their halves are placed side by side and added, twice.</summary>
    [MethodImpl(Kernel.Inline)]
    static Vector128<float> SumFour(Vector128<float> a, Vector128<float> b, Vector128<float> c, Vector128<float> d)
    {
        if (Simd.ShufflesFour)
        {
            // Explicit shuffles: halves joined from Vector64 would be stored to memory and loaded again.
            const byte lower = 0b01_00_01_00, upper = 0b11_10_11_10, even = 0b10_00_10_00, odd = 0b11_01_11_01;
            Vector128<float> ab = Sse.Shuffle(a, b, lower) + Sse.Shuffle(a, b, upper), cd = Sse.Shuffle(c, d, lower) + Sse.Shuffle(c, d, upper);
            return Sse.Shuffle(ab, cd, even) + Sse.Shuffle(ab, cd, odd);
        }

        return Vector128.Create(Sum(a), Sum(b), Sum(c), Sum(d));

        static float Sum(Vector128<float> x) => x.GetElement(0) + x.GetElement(2) + (x.GetElement(1) + x.GetElement(3));
    }

    /// <summary>The tree from 8 lanes on; every width ends here.</summary>
    [MethodImpl(Kernel.Inline)]
    internal static float Sum(Vector256<float> x) => Sum(x.GetLower(), x.GetUpper());

    [MethodImpl(Kernel.Inline)]
    static float Sum(Vector128<float> lower, Vector128<float> upper)
    {
        var four = lower + upper;
        return four.GetElement(0) + four.GetElement(2) + (four.GetElement(1) + four.GetElement(3));
    }

    [MethodImpl(Kernel.Inline)]
    public static Lanes128x4 operator +(Lanes128x4 a, Lanes128x4 b) => new(a._0 + b._0, a._1 + b._1, a._2 + b._2, a._3 + b._3);

    [MethodImpl(Kernel.Inline)]
    public static Lanes128x4 operator -(Lanes128x4 a, Lanes128x4 b) => new(a._0 - b._0, a._1 - b._1, a._2 - b._2, a._3 - b._3);

    [MethodImpl(Kernel.Inline)]
    public static Lanes128x4 operator *(Lanes128x4 a, Lanes128x4 b) => new(a._0 * b._0, a._1 * b._1, a._2 * b._2, a._3 * b._3);

    [MethodImpl(Kernel.Inline)]
    public static Lanes128x4 operator /(Lanes128x4 a, Lanes128x4 b) => new(a._0 / b._0, a._1 / b._1, a._2 / b._2, a._3 / b._3);

    [MethodImpl(Kernel.Inline)]
    public static Lanes128x4 operator -(Lanes128x4 x) => new(-x._0, -x._1, -x._2, -x._3);
}
