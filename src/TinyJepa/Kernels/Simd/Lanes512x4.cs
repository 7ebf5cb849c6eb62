using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace TinyJepa.Kernels;

/// <summary>
/// Four packs of 512 bits, operation by operation: for formulas, which move nothing between lanes. Out-of-order execution reaches over two
/// packs at most; four independent ones hide the latency of a polynomial: eˣ 0.17 instead of 0.23 ns per element.
/// </summary>
readonly unsafe struct Lanes512x4(Vector512<float> v0, Vector512<float> v1, Vector512<float> v2, Vector512<float> v3) : IPack<Lanes512x4>
{
    /// <summary>Floats in four packs.</summary>
    internal const int Count = 64;

    public static int Width => Count;

    readonly Vector512<float> _0 = v0, _1 = v1, _2 = v2, _3 = v3;

    [MethodImpl(Kernel.Inline)]
    public static Lanes512x4 Load(float* source) => new(
        Vector512.Load(source + 16 * 0),
        Vector512.Load(source + 16 * 1),
        Vector512.Load(source + 16 * 2),
        Vector512.Load(source + 16 * 3));

    [MethodImpl(Kernel.Inline)]
    public static void Store(Lanes512x4 value, float* target)
    {
        value._0.Store(target);
        value._1.Store(target + 16);
        value._2.Store(target + 32);
        value._3.Store(target + 48);
    }

    [MethodImpl(Kernel.Inline)]
    public static Lanes512x4 Broadcast(float value)
    {
        var v = Vector512.Create(value);
        return new(v, v, v, v);
    }

    [MethodImpl(Kernel.Inline)]
    public static Lanes512x4 BroadcastBits(int bits)
    {
        var v = Vector512.Create(bits).AsSingle();
        return new(v, v, v, v);
    }

    [MethodImpl(Kernel.Inline)]
    public static Lanes512x4 Fma(Lanes512x4 a, Lanes512x4 b, Lanes512x4 c) => new(
        Vector512.FusedMultiplyAdd(a._0, b._0, c._0),
        Vector512.FusedMultiplyAdd(a._1, b._1, c._1),
        Vector512.FusedMultiplyAdd(a._2, b._2, c._2),
        Vector512.FusedMultiplyAdd(a._3, b._3, c._3));

    [MethodImpl(Kernel.Inline)]
    public static Lanes512x4 Sqrt(Lanes512x4 x) => new(Vector512.Sqrt(x._0), Vector512.Sqrt(x._1), Vector512.Sqrt(x._2), Vector512.Sqrt(x._3));

    [MethodImpl(Kernel.Inline)]
    public static Lanes512x4 Min(Lanes512x4 a, Lanes512x4 b) => new(
        Vector512.Min(a._0, b._0),
        Vector512.Min(a._1, b._1),
        Vector512.Min(a._2, b._2),
        Vector512.Min(a._3, b._3));

    [MethodImpl(Kernel.Inline)]
    public static Lanes512x4 Max(Lanes512x4 a, Lanes512x4 b) => new(
        Vector512.Max(a._0, b._0),
        Vector512.Max(a._1, b._1),
        Vector512.Max(a._2, b._2),
        Vector512.Max(a._3, b._3));

    [MethodImpl(Kernel.Inline)]
    public static Lanes512x4 MaxNative(Lanes512x4 a, Lanes512x4 b) => new(
        Vector512.MaxNative(a._0, b._0),
        Vector512.MaxNative(a._1, b._1),
        Vector512.MaxNative(a._2, b._2),
        Vector512.MaxNative(a._3, b._3));

    [MethodImpl(Kernel.Inline)]
    public static Lanes512x4 Clamp(Lanes512x4 x, Lanes512x4 low, Lanes512x4 high) => new(
        Vector512.MaxNative(low._0, Vector512.MinNative(high._0, x._0)),
        Vector512.MaxNative(low._1, Vector512.MinNative(high._1, x._1)),
        Vector512.MaxNative(low._2, Vector512.MinNative(high._2, x._2)),
        Vector512.MaxNative(low._3, Vector512.MinNative(high._3, x._3)));

    [MethodImpl(Kernel.Inline)]
    public static Lanes512x4 Less(Lanes512x4 a, Lanes512x4 b) => new(
        Vector512.LessThan(a._0, b._0),
        Vector512.LessThan(a._1, b._1),
        Vector512.LessThan(a._2, b._2),
        Vector512.LessThan(a._3, b._3));

    [MethodImpl(Kernel.Inline)]
    public static Lanes512x4 Select(Lanes512x4 mask, Lanes512x4 yes, Lanes512x4 no) => new(
        Vector512.ConditionalSelect(mask._0, yes._0, no._0),
        Vector512.ConditionalSelect(mask._1, yes._1, no._1),
        Vector512.ConditionalSelect(mask._2, yes._2, no._2),
        Vector512.ConditionalSelect(mask._3, yes._3, no._3));

    [MethodImpl(Kernel.Inline)]
    public static Lanes512x4 SelectLess(Lanes512x4 a, Lanes512x4 b, Lanes512x4 yes, Lanes512x4 no) => new(
        Vector512.ConditionalSelect(Vector512.LessThan(a._0, b._0), yes._0, no._0),
        Vector512.ConditionalSelect(Vector512.LessThan(a._1, b._1), yes._1, no._1),
        Vector512.ConditionalSelect(Vector512.LessThan(a._2, b._2), yes._2, no._2),
        Vector512.ConditionalSelect(Vector512.LessThan(a._3, b._3), yes._3, no._3));

    [MethodImpl(Kernel.Inline)]
    public static Lanes512x4 And(Lanes512x4 a, Lanes512x4 b) => new(a._0 & b._0, a._1 & b._1, a._2 & b._2, a._3 & b._3);

    [MethodImpl(Kernel.Inline)]
    public static Lanes512x4 Or(Lanes512x4 a, Lanes512x4 b) => new(a._0 | b._0, a._1 | b._1, a._2 | b._2, a._3 | b._3);

    [MethodImpl(Kernel.Inline)]
    public static Lanes512x4 Xor(Lanes512x4 a, Lanes512x4 b) => new(a._0 ^ b._0, a._1 ^ b._1, a._2 ^ b._2, a._3 ^ b._3);

    [MethodImpl(Kernel.Inline)]
    public static Lanes512x4 AddBits(Lanes512x4 a, Lanes512x4 b) => new(
        (a._0.AsInt32() + b._0.AsInt32()).AsSingle(),
        (a._1.AsInt32() + b._1.AsInt32()).AsSingle(),
        (a._2.AsInt32() + b._2.AsInt32()).AsSingle(),
        (a._3.AsInt32() + b._3.AsInt32()).AsSingle());

    [MethodImpl(Kernel.Inline)]
    public static Lanes512x4 ShiftLeft(Lanes512x4 x, int count) => new(
        Vector512.ShiftLeft(x._0.AsInt32(), count).AsSingle(),
        Vector512.ShiftLeft(x._1.AsInt32(), count).AsSingle(),
        Vector512.ShiftLeft(x._2.AsInt32(), count).AsSingle(),
        Vector512.ShiftLeft(x._3.AsInt32(), count).AsSingle());

    [MethodImpl(Kernel.Inline)]
    public static Lanes512x4 ShiftRight(Lanes512x4 x, int count) => new(
        Vector512.ShiftRightLogical(x._0.AsInt32(), count).AsSingle(),
        Vector512.ShiftRightLogical(x._1.AsInt32(), count).AsSingle(),
        Vector512.ShiftRightLogical(x._2.AsInt32(), count).AsSingle(),
        Vector512.ShiftRightLogical(x._3.AsInt32(), count).AsSingle());

    [MethodImpl(Kernel.Inline)]
    public static Lanes512x4 ShiftRightSigned(Lanes512x4 x, int count) => new(
        Vector512.ShiftRightArithmetic(x._0.AsInt32(), count).AsSingle(),
        Vector512.ShiftRightArithmetic(x._1.AsInt32(), count).AsSingle(),
        Vector512.ShiftRightArithmetic(x._2.AsInt32(), count).AsSingle(),
        Vector512.ShiftRightArithmetic(x._3.AsInt32(), count).AsSingle());

    [MethodImpl(Kernel.Inline)]
    public static Lanes512x4 ToFloat(Lanes512x4 bits) => new(
        Vector512.ConvertToSingle(bits._0.AsInt32()),
        Vector512.ConvertToSingle(bits._1.AsInt32()),
        Vector512.ConvertToSingle(bits._2.AsInt32()),
        Vector512.ConvertToSingle(bits._3.AsInt32()));

    [MethodImpl(Kernel.Inline)]
    public static Lanes512x4 Xor(Lanes512x4 a, Lanes512x4 b, Lanes512x4 c) => new(
        Simd.Xor(a._0, b._0, c._0),
        Simd.Xor(a._1, b._1, c._1),
        Simd.Xor(a._2, b._2, c._2),
        Simd.Xor(a._3, b._3, c._3));

    [MethodImpl(Kernel.Inline)]
    public static Lanes512x4 operator +(Lanes512x4 a, Lanes512x4 b) => new(a._0 + b._0, a._1 + b._1, a._2 + b._2, a._3 + b._3);

    [MethodImpl(Kernel.Inline)]
    public static Lanes512x4 operator -(Lanes512x4 a, Lanes512x4 b) => new(a._0 - b._0, a._1 - b._1, a._2 - b._2, a._3 - b._3);

    [MethodImpl(Kernel.Inline)]
    public static Lanes512x4 operator *(Lanes512x4 a, Lanes512x4 b) => new(a._0 * b._0, a._1 * b._1, a._2 * b._2, a._3 * b._3);

    [MethodImpl(Kernel.Inline)]
    public static Lanes512x4 operator /(Lanes512x4 a, Lanes512x4 b) => new(a._0 / b._0, a._1 / b._1, a._2 / b._2, a._3 / b._3);

    [MethodImpl(Kernel.Inline)]
    public static Lanes512x4 operator -(Lanes512x4 x) => new(-x._0, -x._1, -x._2, -x._3);
}
