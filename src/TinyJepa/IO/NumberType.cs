using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace TinyJepa.IO;

/// <summary>The number types of tensor files, under the names and in the order of the safetensors format.</summary>
public enum NumberType
{
    /// <summary>One byte, 0 or 1.</summary>
    BOOL,

    /// <summary>8 bits without sign.</summary>
    U8,

    /// <summary>8 bits.</summary>
    I8,

    /// <summary>Float of 8 bits, 5 of them exponent. Kept as bytes only.</summary>
    F8_E5M2,

    /// <summary>Float of 8 bits, 4 of them exponent. Kept as bytes only.</summary>
    F8_E4M3,

    /// <summary>16 bits.</summary>
    I16,

    /// <summary>16 bits without sign.</summary>
    U16,

    /// <summary>IEEE half precision.</summary>
    F16,

    /// <summary>The upper half of a float32.</summary>
    BF16,

    /// <summary>32 bits.</summary>
    I32,

    /// <summary>32 bits without sign.</summary>
    U32,

    /// <summary>IEEE single precision, the type of this library's tensors.</summary>
    F32,

    /// <summary>IEEE double precision.</summary>
    F64,

    /// <summary>64 bits.</summary>
    I64,

    /// <summary>64 bits without sign.</summary>
    U64,
}

/// <summary>Sizes of the number types, and how they become float32.</summary>
static class NumberTypes
{
    static readonly Dictionary<string, NumberType> s_named = Enum.GetValues<NumberType>().ToDictionary(type => type.ToString(), StringComparer.Ordinal);

    internal static bool TryParse(string name, out NumberType type) => s_named.TryGetValue(name, out type);

    internal static int Bytes(this NumberType type) => type switch
    {
        NumberType.BOOL or NumberType.U8 or NumberType.I8 or NumberType.F8_E5M2 or NumberType.F8_E4M3 => 1,
        NumberType.I16 or NumberType.U16 or NumberType.F16 or NumberType.BF16 => 2,
        NumberType.I32 or NumberType.U32 or NumberType.F32 => 4,
        _ => 8,
    };

    /// <summary>Whether the numbers have a float32 form here. Finer ones are rounded to the nearest.</summary>
    internal static bool Convertible(this NumberType type) => type is not (NumberType.F8_E5M2 or NumberType.F8_E4M3);

    /// <summary>Little-endian numbers to float32; as many as the destination holds.</summary>
    internal static void ToFloats(ReadOnlySpan<byte> bytes, NumberType type, Span<float> y)
    {
        switch (type)
        {
            case NumberType.F32 when BitConverter.IsLittleEndian: bytes[..(y.Length * 4)].CopyTo(MemoryMarshal.AsBytes(y)); break;
            case NumberType.F32: for (var i = 0; i < y.Length; i++) y[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes[(4 * i)..]); break;
            case NumberType.F64: for (var i = 0; i < y.Length; i++) y[i] = (float)BinaryPrimitives.ReadDoubleLittleEndian(bytes[(8 * i)..]); break;
            case NumberType.F16: for (var i = 0; i < y.Length; i++) y[i] = (float)BinaryPrimitives.ReadHalfLittleEndian(bytes[(2 * i)..]); break;
            case NumberType.BF16: for (var i = 0; i < y.Length; i++) y[i] = BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(bytes[(2 * i)..]) << 16); break;
            case NumberType.I64: for (var i = 0; i < y.Length; i++) y[i] = BinaryPrimitives.ReadInt64LittleEndian(bytes[(8 * i)..]); break;
            case NumberType.U64: for (var i = 0; i < y.Length; i++) y[i] = BinaryPrimitives.ReadUInt64LittleEndian(bytes[(8 * i)..]); break;
            case NumberType.I32: for (var i = 0; i < y.Length; i++) y[i] = BinaryPrimitives.ReadInt32LittleEndian(bytes[(4 * i)..]); break;
            case NumberType.U32: for (var i = 0; i < y.Length; i++) y[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(4 * i)..]); break;
            case NumberType.I16: for (var i = 0; i < y.Length; i++) y[i] = BinaryPrimitives.ReadInt16LittleEndian(bytes[(2 * i)..]); break;
            case NumberType.U16: for (var i = 0; i < y.Length; i++) y[i] = BinaryPrimitives.ReadUInt16LittleEndian(bytes[(2 * i)..]); break;
            case NumberType.I8: for (var i = 0; i < y.Length; i++) y[i] = (sbyte)bytes[i]; break;
            case NumberType.U8 or NumberType.BOOL: for (var i = 0; i < y.Length; i++) y[i] = bytes[i]; break;
            default: throw new ArgumentOutOfRangeException(nameof(type), type, "This type has no float32 form here.");
        }
    }

    /// <summary>One little-endian number as a bool, long, double or, if it fits no long, BigInteger.</summary>
    internal static object ToValue(ReadOnlySpan<byte> bytes, NumberType type)
    {
        switch (type)
        {
            case NumberType.BOOL: return bytes[0] != 0;
            case NumberType.F64: return BinaryPrimitives.ReadDoubleLittleEndian(bytes);
            case NumberType.U64 when BinaryPrimitives.ReadUInt64LittleEndian(bytes) is var large && large > long.MaxValue: return new BigInteger(large);
            case NumberType.I64 or NumberType.U64: return BinaryPrimitives.ReadInt64LittleEndian(bytes);
            case NumberType.I32: return (long)BinaryPrimitives.ReadInt32LittleEndian(bytes);
            case NumberType.U32: return (long)BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        }

        Span<float> one = stackalloc float[1];               // the small types are exact in float32
        ToFloats(bytes, type, one);
        return type is NumberType.F32 or NumberType.F16 or NumberType.BF16 ? (object)(double)one[0] : (long)one[0];
    }

    /// <summary>Turns the bytes of every number around.</summary>
    internal static void Reverse(Span<byte> bytes, int size)
    {
        for (var i = 0; size > 1 && i + size <= bytes.Length; i += size) bytes.Slice(i, size).Reverse();
    }
}
