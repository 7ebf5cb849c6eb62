using System.Buffers.Binary;
using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TinyJepa.IO;

/// <summary>The element types of tensor files, with the names and in the order of the safetensors format.</summary>
public enum ElementType
{
    /// <summary>One byte, 0 or 1.</summary>
    BOOL,

    /// <summary>Unsigned integer of 8 bits.</summary>
    U8,

    /// <summary>Signed integer of 8 bits.</summary>
    I8,

    /// <summary>8-bit float with 5 bits of exponent. Readable as bytes only.</summary>
    F8_E5M2,

    /// <summary>8-bit float with 4 bits of exponent. Readable as bytes only.</summary>
    F8_E4M3,

    /// <summary>Signed integer of 16 bits.</summary>
    I16,

    /// <summary>Unsigned integer of 16 bits.</summary>
    U16,

    /// <summary>IEEE half precision.</summary>
    F16,

    /// <summary>bfloat16: the upper half of a float32.</summary>
    BF16,

    /// <summary>Signed integer of 32 bits.</summary>
    I32,

    /// <summary>Unsigned integer of 32 bits.</summary>
    U32,

    /// <summary>IEEE single precision, the type of this library's tensors.</summary>
    F32,

    /// <summary>IEEE double precision.</summary>
    F64,

    /// <summary>Signed integer of 64 bits.</summary>
    I64,

    /// <summary>Unsigned integer of 64 bits.</summary>
    U64,
}

/// <summary>Sizes of the element types and their conversion to float32.</summary>
static class ElementTypes
{
    static readonly Dictionary<string, ElementType> s_named = Enum.GetValues<ElementType>().ToDictionary(type => type.ToString(), StringComparer.Ordinal);

    internal static bool TryParse(string name, out ElementType type) => s_named.TryGetValue(name, out type);

    internal static int Bytes(this ElementType type) => type switch
    {
        ElementType.BOOL or ElementType.U8 or ElementType.I8 or ElementType.F8_E5M2 or ElementType.F8_E4M3 => 1,
        ElementType.I16 or ElementType.U16 or ElementType.F16 or ElementType.BF16 => 2,
        ElementType.I32 or ElementType.U32 or ElementType.F32 => 4,
        _ => 8,
    };

    /// <summary>Whether values of the type can be converted to float32. Values that float32 cannot represent are rounded to the nearest.</summary>
    internal static bool Convertible(this ElementType type) => type is not (ElementType.F8_E5M2 or ElementType.F8_E4M3);

    /// <summary>Converts little-endian values to float32, as many as the destination holds.</summary>
    internal static void ToFloats(ReadOnlySpan<byte> bytes, ElementType type, Span<float> y)
    {
        switch (type)
        {
            case ElementType.F32: Convert<float>(bytes, y); break;
            case ElementType.F64: Convert<double>(bytes, y); break;
            case ElementType.F16: Convert<Half>(bytes, y); break;
            case ElementType.BF16:
                for (var i = 0; i < y.Length; i++) y[i] = BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(bytes[(2 * i)..]) << 16);
                break;
            case ElementType.I64: Convert<long>(bytes, y); break;
            case ElementType.U64: Convert<ulong>(bytes, y); break;
            case ElementType.I32: Convert<int>(bytes, y); break;
            case ElementType.U32: Convert<uint>(bytes, y); break;
            case ElementType.I16: Convert<short>(bytes, y); break;
            case ElementType.U16: Convert<ushort>(bytes, y); break;
            case ElementType.I8: Convert<sbyte>(bytes, y); break;
            case ElementType.U8 or ElementType.BOOL: Convert<byte>(bytes, y); break;
            default: throw new ArgumentOutOfRangeException(nameof(type), type, "This type cannot be converted to float32.");
        }
    }

    static void Convert<T>(ReadOnlySpan<byte> bytes, Span<float> y) where T : unmanaged, INumberBase<T>
    {
        var values = MemoryMarshal.Cast<byte, T>(bytes)[..y.Length];
        if (!BitConverter.IsLittleEndian)
        {
            var swapped = bytes.ToArray();
            Reverse(swapped, Unsafe.SizeOf<T>());
            values = MemoryMarshal.Cast<byte, T>(swapped)[..y.Length];
        }

        TensorPrimitives.ConvertTruncating(values, y);
    }

    /// <summary>One little-endian value as a bool, long, double or, if it is too large for a long, BigInteger.</summary>
    internal static object ToValue(ReadOnlySpan<byte> bytes, ElementType type)
    {
        switch (type)
        {
            case ElementType.BOOL: return bytes[0] != 0;
            case ElementType.F64: return BinaryPrimitives.ReadDoubleLittleEndian(bytes);
            case ElementType.U64 when BinaryPrimitives.ReadUInt64LittleEndian(bytes) is var large && large > long.MaxValue: return new BigInteger(large);
            case ElementType.I64 or ElementType.U64: return BinaryPrimitives.ReadInt64LittleEndian(bytes);
            case ElementType.I32: return (long)BinaryPrimitives.ReadInt32LittleEndian(bytes);
            case ElementType.U32: return (long)BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        }

        Span<float> one = stackalloc float[1];               // the smaller types are exact in float32
        ToFloats(bytes, type, one);
        return type is ElementType.F32 or ElementType.F16 or ElementType.BF16 ? (object)(double)one[0] : (long)one[0];
    }

    /// <summary>Reverses the bytes of every value.</summary>
    internal static void Reverse(Span<byte> bytes, int size)
    {
        for (var i = 0; size > 1 && i + size <= bytes.Length; i += size) bytes.Slice(i, size).Reverse();
    }
}
