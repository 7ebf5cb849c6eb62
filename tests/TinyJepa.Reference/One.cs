using TinyJepa.Kernels;

namespace TinyJepa.Reference;

/// <summary>One float: what a formula needs to run where there are no vectors.</summary>
public readonly struct One(float value) : IFloats<One>
{
    public float Value { get; } = value;

    public static One Broadcast(float value) => new(value);

    public static One BroadcastBits(int bits) => new(BitConverter.Int32BitsToSingle(bits));

    public static One Fma(One a, One b, One c) => new(MathF.FusedMultiplyAdd(a.Value, b.Value, c.Value));

    public static One Sqrt(One x) => new(MathF.Sqrt(x.Value));

    public static One Min(One a, One b) => new(MathF.Min(a.Value, b.Value));

    public static One Max(One a, One b) => new(MathF.Max(a.Value, b.Value));

    public static One MaxNative(One a, One b) => new(a.Value > b.Value ? a.Value : b.Value);

    public static One Clamp(One x, One low, One high) => x.Value > high.Value ? high : x.Value < low.Value ? low : x;

    public static One Less(One a, One b) => BroadcastBits(a.Value < b.Value ? -1 : 0);

    public static One Select(One mask, One yes, One no) => BroadcastBits((yes.Bits & mask.Bits) | (no.Bits & ~mask.Bits));

    public static One SelectLess(One a, One b, One yes, One no) => a.Value < b.Value ? yes : no;

    public static One And(One a, One b) => BroadcastBits(a.Bits & b.Bits);

    public static One Or(One a, One b) => BroadcastBits(a.Bits | b.Bits);

    public static One Xor(One a, One b) => BroadcastBits(a.Bits ^ b.Bits);

    public static One Xor(One a, One b, One c) => BroadcastBits(a.Bits ^ b.Bits ^ c.Bits);

    public static One AddBits(One a, One b) => BroadcastBits(a.Bits + b.Bits);

    public static One ShiftLeft(One x, int count) => BroadcastBits(x.Bits << count);

    public static One ShiftRight(One x, int count) => BroadcastBits(x.Bits >>> count);

    public static One ShiftRightSigned(One x, int count) => BroadcastBits(x.Bits >> count);

    public static One ToFloat(One bits) => new(bits.Bits);

    public static One operator +(One a, One b) => new(a.Value + b.Value);

    public static One operator -(One a, One b) => new(a.Value - b.Value);

    public static One operator *(One a, One b) => new(a.Value * b.Value);

    public static One operator /(One a, One b) => new(a.Value / b.Value);

    public static One operator -(One x) => new(-x.Value);

    int Bits => BitConverter.SingleToInt32Bits(Value);
}
