using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace TinyJepa.Kernels;

/// <summary>16 lanes as one 512-bit vector.</summary>
readonly unsafe struct Lanes512(Vector512<float> v) : ILanes<Lanes512>
{
    readonly Vector512<float> _v = v;

    public static int Width => ILanes<Lanes512>.Count;

    [MethodImpl(Kernel.Inline)]
    public static Lanes512 Load(float* source) => new(Vector512.Load(source));

    [MethodImpl(Kernel.Inline)]
    public static void Store(Lanes512 value, float* target) => value._v.Store(target);

    [MethodImpl(Kernel.Inline)]
    public static Lanes512 LoadPart(float* source, int count, float fill) => Simd.MasksSixteen
        ? new(Avx512F.MaskLoad(source, First(count), Vector512.Create(fill)))
        : Pack.LoadSlowly<Lanes512>(source, count, fill);

    [MethodImpl(Kernel.Inline)]
    public static void StorePart(Lanes512 value, float* target, int count)
    {
        if (Simd.MasksSixteen) Avx512F.MaskStore(target, First(count), value._v);
        else Pack.StoreSlowly(value, target, count);
    }

    /// <summary>A mask of the first lanes: memory after it is not accessed.</summary>
    [MethodImpl(Kernel.Inline)]
    static Vector512<float> First(int count) => Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count)).AsSingle();

    [MethodImpl(Kernel.Inline)]
    public static Lanes512 Broadcast(float value) => new(Vector512.Create(value));

    [MethodImpl(Kernel.Inline)]
    public static Lanes512 BroadcastBits(int bits) => new(Vector512.Create(bits).AsSingle());

    [MethodImpl(Kernel.Inline)]
    public static Lanes512 Fma(Lanes512 a, Lanes512 b, Lanes512 c) => new(Vector512.FusedMultiplyAdd(a._v, b._v, c._v));

    [MethodImpl(Kernel.Inline)]
    public static Lanes512 Sqrt(Lanes512 x) => new(Vector512.Sqrt(x._v));

    [MethodImpl(Kernel.Inline)]
    public static Lanes512 Min(Lanes512 a, Lanes512 b) => new(Vector512.Min(a._v, b._v));

    [MethodImpl(Kernel.Inline)]
    public static Lanes512 Max(Lanes512 a, Lanes512 b) => new(Vector512.Max(a._v, b._v));

    [MethodImpl(Kernel.Inline)]
    public static Lanes512 MaxNative(Lanes512 a, Lanes512 b) => new(Vector512.MaxNative(a._v, b._v));

    [MethodImpl(Kernel.Inline)]
    public static Lanes512 Clamp(Lanes512 x, Lanes512 low, Lanes512 high) => new(Vector512.MaxNative(low._v, Vector512.MinNative(high._v, x._v)));

    [MethodImpl(Kernel.Inline)]
    public static Lanes512 Less(Lanes512 a, Lanes512 b) => new(Vector512.LessThan(a._v, b._v));

    [MethodImpl(Kernel.Inline)]
    public static Lanes512 Select(Lanes512 mask, Lanes512 yes, Lanes512 no) => new(Vector512.ConditionalSelect(mask._v, yes._v, no._v));

    [MethodImpl(Kernel.Inline)]
    public static Lanes512 SelectLess(Lanes512 a, Lanes512 b, Lanes512 yes, Lanes512 no) =>
        new(Vector512.ConditionalSelect(Vector512.LessThan(a._v, b._v), yes._v, no._v));

    [MethodImpl(Kernel.Inline)]
    public static Lanes512 And(Lanes512 a, Lanes512 b) => new(a._v & b._v);

    [MethodImpl(Kernel.Inline)]
    public static Lanes512 Or(Lanes512 a, Lanes512 b) => new(a._v | b._v);

    [MethodImpl(Kernel.Inline)]
    public static Lanes512 Xor(Lanes512 a, Lanes512 b) => new(a._v ^ b._v);

    [MethodImpl(Kernel.Inline)]
    public static Lanes512 Xor(Lanes512 a, Lanes512 b, Lanes512 c) => new(Simd.Xor(a._v, b._v, c._v));

    [MethodImpl(Kernel.Inline)]
    public static Lanes512 AddBits(Lanes512 a, Lanes512 b) => new((a._v.AsInt32() + b._v.AsInt32()).AsSingle());

    [MethodImpl(Kernel.Inline)]
    public static Lanes512 ShiftLeft(Lanes512 x, int count) => new(Vector512.ShiftLeft(x._v.AsInt32(), count).AsSingle());

    [MethodImpl(Kernel.Inline)]
    public static Lanes512 ShiftRight(Lanes512 x, int count) => new(Vector512.ShiftRightLogical(x._v.AsInt32(), count).AsSingle());

    [MethodImpl(Kernel.Inline)]
    public static Lanes512 ShiftRightSigned(Lanes512 x, int count) => new(Vector512.ShiftRightArithmetic(x._v.AsInt32(), count).AsSingle());

    [MethodImpl(Kernel.Inline)]
    public static Lanes512 ToFloat(Lanes512 bits) => new(Vector512.ConvertToSingle(bits._v.AsInt32()));

    [MethodImpl(Kernel.Inline)]
    public static Lanes512 MultiplyEven(Lanes512 a, Lanes512 b) => new(Simd.MultiplyEven(a._v, b._v));

    [MethodImpl(Kernel.Inline)]
    public static Lanes512 OddToEven(Lanes512 x) => new(Vector512.ShiftRightLogical(x._v.AsUInt64(), 32).AsSingle());

    [MethodImpl(Kernel.Inline)]
    public static Lanes512 EvenToOdd(Lanes512 x) => new(Vector512.ShiftLeft(x._v.AsUInt64(), 32).AsSingle());

    [MethodImpl(Kernel.Inline)]
    public static Lanes512 JoinLow(Lanes512 a, Lanes512 b) => new(Simd.JoinLow(a._v, b._v));

    [MethodImpl(Kernel.Inline)]
    public static Lanes512 JoinHigh(Lanes512 a, Lanes512 b) => new(Simd.JoinHigh(a._v, b._v));

    [MethodImpl(Kernel.Inline)]
    public static float Largest(Lanes512 x) => Lanes128x4.Largest(Vector256.Max(x._v.GetLower(), x._v.GetUpper()));

    [MethodImpl(Kernel.Inline)]
    public static float Sum(Lanes512 x) => Lanes128x4.Sum(x._v.GetLower() + x._v.GetUpper());

    [MethodImpl(Kernel.Inline)]
    public static void Sum(Lanes512 a, Lanes512 b, Lanes512 c, Lanes512 d, float* sums) =>
        Lanes128x4.Sum(
            a._v.GetLower() + a._v.GetUpper(), b._v.GetLower() + b._v.GetUpper(),
            c._v.GetLower() + c._v.GetUpper(), d._v.GetLower() + d._v.GetUpper(), sums);

    [MethodImpl(Kernel.Inline)]
    public static Lanes512 operator +(Lanes512 a, Lanes512 b) => new(a._v + b._v);

    [MethodImpl(Kernel.Inline)]
    public static Lanes512 operator -(Lanes512 a, Lanes512 b) => new(a._v - b._v);

    [MethodImpl(Kernel.Inline)]
    public static Lanes512 operator *(Lanes512 a, Lanes512 b) => new(a._v * b._v);

    [MethodImpl(Kernel.Inline)]
    public static Lanes512 operator /(Lanes512 a, Lanes512 b) => new(a._v / b._v);

    [MethodImpl(Kernel.Inline)]
    public static Lanes512 operator -(Lanes512 x) => new(-x._v);
}
