using System.Runtime.CompilerServices;

namespace TinyJepa.Kernels;

/// <summary>16 lanes one after the other: the reference for the vector realisations, and the path without any SIMD.</summary>
[InlineArray(16)]
unsafe struct LanesScalar : ILanes<LanesScalar>
{
    float _0;

    public static int Width => ILanes<LanesScalar>.Count;

    public static LanesScalar Load(float* source) => Unsafe.ReadUnaligned<LanesScalar>(source);

    public static void Store(LanesScalar value, float* target) => Unsafe.WriteUnaligned(target, value);

    public static LanesScalar LoadPart(float* source, int count, float fill) => Pack.LoadSlowly<LanesScalar>(source, count, fill);

    public static void StorePart(LanesScalar value, float* target, int count) => Pack.StoreSlowly(value, target, count);

    public static LanesScalar Broadcast(float value)
    {
        var y = default(LanesScalar);
        for (var i = 0; i < 16; i++) y[i] = value;
        return y;
    }

    public static LanesScalar BroadcastBits(int bits) => Broadcast(BitConverter.Int32BitsToSingle(bits));

    public static LanesScalar Fma(LanesScalar a, LanesScalar b, LanesScalar c)
    {
        for (var i = 0; i < 16; i++) c[i] = MathF.FusedMultiplyAdd(a[i], b[i], c[i]);
        return c;
    }

    public static LanesScalar Sqrt(LanesScalar x)
    {
        for (var i = 0; i < 16; i++) x[i] = MathF.Sqrt(x[i]);
        return x;
    }

    public static LanesScalar Min(LanesScalar a, LanesScalar b)
    {
        for (var i = 0; i < 16; i++) a[i] = MathF.Min(a[i], b[i]);
        return a;
    }

    public static LanesScalar Max(LanesScalar a, LanesScalar b)
    {
        for (var i = 0; i < 16; i++) a[i] = MathF.Max(a[i], b[i]);
        return a;
    }

    public static LanesScalar MaxNative(LanesScalar a, LanesScalar b)
    {
        for (var i = 0; i < 16; i++) a[i] = a[i] > b[i] ? a[i] : b[i];
        return a;
    }

    public static LanesScalar Clamp(LanesScalar x, LanesScalar low, LanesScalar high)
    {
        for (var i = 0; i < 16; i++) x[i] = x[i] > high[i] ? high[i] : x[i] < low[i] ? low[i] : x[i];
        return x;
    }

    public static LanesScalar Less(LanesScalar a, LanesScalar b)
    {
        for (var i = 0; i < 16; i++) a[i] = BitConverter.Int32BitsToSingle(a[i] < b[i] ? -1 : 0);
        return a;
    }

    public static LanesScalar Select(LanesScalar mask, LanesScalar yes, LanesScalar no)
    {
        for (var i = 0; i < 16; i++) no[i] = Float((Bits(yes[i]) & Bits(mask[i])) | (Bits(no[i]) & ~Bits(mask[i])));
        return no;
    }

    public static LanesScalar SelectLess(LanesScalar a, LanesScalar b, LanesScalar yes, LanesScalar no)
    {
        for (var i = 0; i < 16; i++) no[i] = a[i] < b[i] ? yes[i] : no[i];
        return no;
    }

    public static LanesScalar And(LanesScalar a, LanesScalar b)
    {
        for (var i = 0; i < 16; i++) a[i] = Float(Bits(a[i]) & Bits(b[i]));
        return a;
    }

    public static LanesScalar Or(LanesScalar a, LanesScalar b)
    {
        for (var i = 0; i < 16; i++) a[i] = Float(Bits(a[i]) | Bits(b[i]));
        return a;
    }

    public static LanesScalar Xor(LanesScalar a, LanesScalar b)
    {
        for (var i = 0; i < 16; i++) a[i] = Float(Bits(a[i]) ^ Bits(b[i]));
        return a;
    }

    public static LanesScalar Xor(LanesScalar a, LanesScalar b, LanesScalar c) => Xor(Xor(a, b), c);

    public static LanesScalar AddBits(LanesScalar a, LanesScalar b)
    {
        for (var i = 0; i < 16; i++) a[i] = Float(Bits(a[i]) + Bits(b[i]));
        return a;
    }

    public static LanesScalar ShiftLeft(LanesScalar x, int count)
    {
        for (var i = 0; i < 16; i++) x[i] = Float(Bits(x[i]) << count);
        return x;
    }

    public static LanesScalar ShiftRight(LanesScalar x, int count)
    {
        for (var i = 0; i < 16; i++) x[i] = Float(Bits(x[i]) >>> count);
        return x;
    }

    public static LanesScalar ShiftRightSigned(LanesScalar x, int count)
    {
        for (var i = 0; i < 16; i++) x[i] = Float(Bits(x[i]) >> count);
        return x;
    }

    public static LanesScalar ToFloat(LanesScalar bits)
    {
        for (var i = 0; i < 16; i++) bits[i] = Bits(bits[i]);
        return bits;
    }

    public static LanesScalar MultiplyEven(LanesScalar a, LanesScalar b)
    {
        for (var i = 0; i < 16; i += 2)
        {
            var product = (ulong)(uint)Bits(a[i]) * (uint)Bits(b[i]);
            (a[i], a[i + 1]) = (Float((int)product), Float((int)(product >> 32)));
        }

        return a;
    }

    public static LanesScalar OddToEven(LanesScalar x)
    {
        for (var i = 0; i < 16; i += 2) (x[i], x[i + 1]) = (x[i + 1], 0f);
        return x;
    }

    public static LanesScalar EvenToOdd(LanesScalar x)
    {
        for (var i = 0; i < 16; i += 2) (x[i], x[i + 1]) = (0f, x[i]);
        return x;
    }

    public static LanesScalar JoinLow(LanesScalar a, LanesScalar b)
    {
        for (var i = 0; i < 16; i += 4) (a[i + 2], a[i + 3]) = (b[i], b[i + 1]);
        return a;
    }

    public static LanesScalar JoinHigh(LanesScalar a, LanesScalar b)
    {
        for (var i = 0; i < 16; i += 4) (b[i], b[i + 1]) = (a[i + 2], a[i + 3]);
        return b;
    }

    public static float Largest(LanesScalar x)
    {
        for (var i = 1; i < 16; i++) x[0] = MathF.Max(x[0], x[i]);
        return x[0];
    }

    public static float Sum(LanesScalar x)
    {
        for (var half = 8; half > 0; half /= 2)
            for (var i = 0; i < half; i++)
                x[i] += x[i + half];
        return x[0];
    }

    public static void Sum(LanesScalar a, LanesScalar b, LanesScalar c, LanesScalar d, float* sums) =>
        (sums[0], sums[1], sums[2], sums[3]) = (Sum(a), Sum(b), Sum(c), Sum(d));

    public static LanesScalar operator +(LanesScalar a, LanesScalar b)
    {
        for (var i = 0; i < 16; i++) a[i] += b[i];
        return a;
    }

    public static LanesScalar operator -(LanesScalar a, LanesScalar b)
    {
        for (var i = 0; i < 16; i++) a[i] -= b[i];
        return a;
    }

    public static LanesScalar operator *(LanesScalar a, LanesScalar b)
    {
        for (var i = 0; i < 16; i++) a[i] *= b[i];
        return a;
    }

    public static LanesScalar operator /(LanesScalar a, LanesScalar b)
    {
        for (var i = 0; i < 16; i++) a[i] /= b[i];
        return a;
    }

    public static LanesScalar operator -(LanesScalar x)
    {
        for (var i = 0; i < 16; i++) x[i] = -x[i];
        return x;
    }

    static int Bits(float x) => BitConverter.SingleToInt32Bits(x);

    static float Float(int bits) => BitConverter.Int32BitsToSingle(bits);
}
