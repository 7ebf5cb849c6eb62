using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace TinyJepa.Kernels;

/// <summary>16 lanes as two 256-bit vectors, lower lanes first.</summary>
readonly unsafe struct Lanes256x2(Vector256<float> v0, Vector256<float> v1) : ILanes<Lanes256x2>
{
    readonly Vector256<float> _0 = v0, _1 = v1;

    public static int Width => ILanes<Lanes256x2>.Count;

    [MethodImpl(Kernel.Inline)]
    public static Lanes256x2 Load(float* source) => new(Vector256.Load(source), Vector256.Load(source + 8));

    [MethodImpl(Kernel.Inline)]
    public static void Store(Lanes256x2 value, float* target)
    {
        value._0.Store(target);
        value._1.Store(target + 8);
    }

    [MethodImpl(Kernel.Inline)]
    public static Lanes256x2 LoadPart(float* source, int count, float fill)
    {
        if (!Simd.MasksEight) return Pack.LoadSlowly<Lanes256x2>(source, count, fill);
        Vector256<float> lower = First(count), upper = First(count - 8), filler = Vector256.Create(fill);
        return new(
            Vector256.ConditionalSelect(lower, Avx.MaskLoad(source, lower), filler),
            Vector256.ConditionalSelect(upper, Avx.MaskLoad(source + 8, upper), filler));
    }

    [MethodImpl(Kernel.Inline)]
    public static void StorePart(Lanes256x2 value, float* target, int count)
    {
        if (Simd.MasksEight)
        {
            Avx.MaskStore(target, First(count), value._0);
            Avx.MaskStore(target + 8, First(count - 8), value._1);
        }
        else
        {
            Pack.StoreSlowly(value, target, count);
        }
    }

    /// <summary>A mask of the first lanes: memory after it is not accessed.</summary>
    [MethodImpl(Kernel.Inline)]
    static Vector256<float> First(int count) => Vector256.LessThan(Vector256<int>.Indices, Vector256.Create(count)).AsSingle();

    [MethodImpl(Kernel.Inline)]
    public static Lanes256x2 Broadcast(float value)
    {
        var v = Vector256.Create(value);
        return new(v, v);
    }

    [MethodImpl(Kernel.Inline)]
    public static Lanes256x2 BroadcastBits(int bits)
    {
        var v = Vector256.Create(bits).AsSingle();
        return new(v, v);
    }

    [MethodImpl(Kernel.Inline)]
    public static Lanes256x2 Fma(Lanes256x2 a, Lanes256x2 b, Lanes256x2 c) => new(
        Vector256.FusedMultiplyAdd(a._0, b._0, c._0),
        Vector256.FusedMultiplyAdd(a._1, b._1, c._1));

    [MethodImpl(Kernel.Inline)]
    public static Lanes256x2 Sqrt(Lanes256x2 x) => new(Vector256.Sqrt(x._0), Vector256.Sqrt(x._1));

    [MethodImpl(Kernel.Inline)]
    public static Lanes256x2 Min(Lanes256x2 a, Lanes256x2 b) => new(Vector256.Min(a._0, b._0), Vector256.Min(a._1, b._1));

    [MethodImpl(Kernel.Inline)]
    public static Lanes256x2 Max(Lanes256x2 a, Lanes256x2 b) => new(Vector256.Max(a._0, b._0), Vector256.Max(a._1, b._1));

    [MethodImpl(Kernel.Inline)]
    public static Lanes256x2 MaxNative(Lanes256x2 a, Lanes256x2 b) => new(Vector256.MaxNative(a._0, b._0), Vector256.MaxNative(a._1, b._1));

    [MethodImpl(Kernel.Inline)]
    public static Lanes256x2 Clamp(Lanes256x2 x, Lanes256x2 low, Lanes256x2 high) => new(
        Vector256.MaxNative(low._0, Vector256.MinNative(high._0, x._0)),
        Vector256.MaxNative(low._1, Vector256.MinNative(high._1, x._1)));

    [MethodImpl(Kernel.Inline)]
    public static Lanes256x2 Less(Lanes256x2 a, Lanes256x2 b) => new(Vector256.LessThan(a._0, b._0), Vector256.LessThan(a._1, b._1));

    [MethodImpl(Kernel.Inline)]
    public static Lanes256x2 Select(Lanes256x2 mask, Lanes256x2 yes, Lanes256x2 no) => new(
        Vector256.ConditionalSelect(mask._0, yes._0, no._0),
        Vector256.ConditionalSelect(mask._1, yes._1, no._1));

    [MethodImpl(Kernel.Inline)]
    public static Lanes256x2 SelectLess(Lanes256x2 a, Lanes256x2 b, Lanes256x2 yes, Lanes256x2 no) => new(
        Vector256.ConditionalSelect(Vector256.LessThan(a._0, b._0), yes._0, no._0),
        Vector256.ConditionalSelect(Vector256.LessThan(a._1, b._1), yes._1, no._1));

    [MethodImpl(Kernel.Inline)]
    public static Lanes256x2 And(Lanes256x2 a, Lanes256x2 b) => new(a._0 & b._0, a._1 & b._1);

    [MethodImpl(Kernel.Inline)]
    public static Lanes256x2 Or(Lanes256x2 a, Lanes256x2 b) => new(a._0 | b._0, a._1 | b._1);

    [MethodImpl(Kernel.Inline)]
    public static Lanes256x2 Xor(Lanes256x2 a, Lanes256x2 b) => new(a._0 ^ b._0, a._1 ^ b._1);

    [MethodImpl(Kernel.Inline)]
    public static Lanes256x2 Xor(Lanes256x2 a, Lanes256x2 b, Lanes256x2 c) => new(a._0 ^ b._0 ^ c._0, a._1 ^ b._1 ^ c._1);

    [MethodImpl(Kernel.Inline)]
    public static Lanes256x2 AddBits(Lanes256x2 a, Lanes256x2 b) => new(
        (a._0.AsInt32() + b._0.AsInt32()).AsSingle(),
        (a._1.AsInt32() + b._1.AsInt32()).AsSingle());

    [MethodImpl(Kernel.Inline)]
    public static Lanes256x2 ShiftLeft(Lanes256x2 x, int count) => new(
        Vector256.ShiftLeft(x._0.AsInt32(), count).AsSingle(),
        Vector256.ShiftLeft(x._1.AsInt32(), count).AsSingle());

    [MethodImpl(Kernel.Inline)]
    public static Lanes256x2 ShiftRight(Lanes256x2 x, int count) => new(
        Vector256.ShiftRightLogical(x._0.AsInt32(), count).AsSingle(),
        Vector256.ShiftRightLogical(x._1.AsInt32(), count).AsSingle());

    [MethodImpl(Kernel.Inline)]
    public static Lanes256x2 ShiftRightSigned(Lanes256x2 x, int count) => new(
        Vector256.ShiftRightArithmetic(x._0.AsInt32(), count).AsSingle(),
        Vector256.ShiftRightArithmetic(x._1.AsInt32(), count).AsSingle());

    [MethodImpl(Kernel.Inline)]
    public static Lanes256x2 ToFloat(Lanes256x2 bits) => new(
        Vector256.ConvertToSingle(bits._0.AsInt32()),
        Vector256.ConvertToSingle(bits._1.AsInt32()));

    [MethodImpl(Kernel.Inline)]
    public static Lanes256x2 MultiplyEven(Lanes256x2 a, Lanes256x2 b) => new(
        Simd.MultiplyEven(a._0, b._0),
        Simd.MultiplyEven(a._1, b._1));

    [MethodImpl(Kernel.Inline)]
    public static Lanes256x2 OddToEven(Lanes256x2 x) => new(
        Vector256.ShiftRightLogical(x._0.AsUInt64(), 32).AsSingle(),
        Vector256.ShiftRightLogical(x._1.AsUInt64(), 32).AsSingle());

    [MethodImpl(Kernel.Inline)]
    public static Lanes256x2 EvenToOdd(Lanes256x2 x) => new(
        Vector256.ShiftLeft(x._0.AsUInt64(), 32).AsSingle(),
        Vector256.ShiftLeft(x._1.AsUInt64(), 32).AsSingle());

    [MethodImpl(Kernel.Inline)]
    public static Lanes256x2 JoinLow(Lanes256x2 a, Lanes256x2 b) => new(
        Simd.JoinLow(a._0, b._0),
        Simd.JoinLow(a._1, b._1));

    [MethodImpl(Kernel.Inline)]
    public static Lanes256x2 JoinHigh(Lanes256x2 a, Lanes256x2 b) => new(
        Simd.JoinHigh(a._0, b._0),
        Simd.JoinHigh(a._1, b._1));

    [MethodImpl(Kernel.Inline)]
    public static float Largest(Lanes256x2 x) => Lanes128x4.Largest(Vector256.Max(x._0, x._1));

    [MethodImpl(Kernel.Inline)]
    public static float Sum(Lanes256x2 x) => Lanes128x4.Sum(x._0 + x._1);

    [MethodImpl(Kernel.Inline)]
    public static void Sum(Lanes256x2 a, Lanes256x2 b, Lanes256x2 c, Lanes256x2 d, float* sums) =>
        Lanes128x4.Sum(a._0 + a._1, b._0 + b._1, c._0 + c._1, d._0 + d._1, sums);

    [MethodImpl(Kernel.Inline)]
    public static Lanes256x2 operator +(Lanes256x2 a, Lanes256x2 b) => new(a._0 + b._0, a._1 + b._1);

    [MethodImpl(Kernel.Inline)]
    public static Lanes256x2 operator -(Lanes256x2 a, Lanes256x2 b) => new(a._0 - b._0, a._1 - b._1);

    [MethodImpl(Kernel.Inline)]
    public static Lanes256x2 operator *(Lanes256x2 a, Lanes256x2 b) => new(a._0 * b._0, a._1 * b._1);

    [MethodImpl(Kernel.Inline)]
    public static Lanes256x2 operator /(Lanes256x2 a, Lanes256x2 b) => new(a._0 / b._0, a._1 / b._1);

    [MethodImpl(Kernel.Inline)]
    public static Lanes256x2 operator -(Lanes256x2 x) => new(-x._0, -x._1);
}
