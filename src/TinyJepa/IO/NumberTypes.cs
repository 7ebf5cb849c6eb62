using System.Buffers.Binary;

namespace TinyJepa.IO;

/// <summary>The number types of tensor files, little-endian, and how they become float32.</summary>
static class NumberTypes
{
    /// <summary>Every type of the safetensors format with whole bytes.</summary>
    internal static readonly Dictionary<string, int> BytesOf = new()
    {
        ["BOOL"] = 1, ["U8"] = 1, ["I8"] = 1, ["F8_E5M2"] = 1, ["F8_E4M3"] = 1, ["I16"] = 2, ["U16"] = 2, ["F16"] = 2, ["BF16"] = 2,
        ["I32"] = 4, ["U32"] = 4, ["F32"] = 4, ["F64"] = 8, ["I64"] = 8, ["U64"] = 8,
    };

    internal static bool Convertible(string type) => BytesOf.ContainsKey(type) && !type.StartsWith("F8", StringComparison.Ordinal);

    internal static float[] ToFloats(ReadOnlySpan<byte> bytes, string type)
    {
        var size = BytesOf[type];
        var values = new float[bytes.Length / size];
        for (var i = 0; i < values.Length; i++) values[i] = One(bytes.Slice(i * size, size), type);
        return values;
    }

    static float One(ReadOnlySpan<byte> x, string type) => type switch
    {
        "F32" => BinaryPrimitives.ReadSingleLittleEndian(x),
        "F64" => (float)BinaryPrimitives.ReadDoubleLittleEndian(x),
        "F16" => (float)BinaryPrimitives.ReadHalfLittleEndian(x),
        "BF16" => BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(x) << 16),
        "I64" => BinaryPrimitives.ReadInt64LittleEndian(x),
        "U64" => BinaryPrimitives.ReadUInt64LittleEndian(x),
        "I32" => BinaryPrimitives.ReadInt32LittleEndian(x),
        "U32" => BinaryPrimitives.ReadUInt32LittleEndian(x),
        "I16" => BinaryPrimitives.ReadInt16LittleEndian(x),
        "U16" => BinaryPrimitives.ReadUInt16LittleEndian(x),
        "I8" => (sbyte)x[0],
        "U8" or "BOOL" => x[0],
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "This type has no float32 form here."),
    };
}
