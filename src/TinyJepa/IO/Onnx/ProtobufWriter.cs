using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace TinyJepa.IO;

/// <summary>Writes Protocol Buffers' wire format: varint, 32-bit and length-delimited fields.</summary>
sealed class ProtobufWriter
{
    readonly ArrayBufferWriter<byte> _bytes = new();

    internal ReadOnlySpan<byte> Bytes => _bytes.WrittenSpan;

    internal ProtobufWriter Integer(int field, long value)
    {
        Varint((ulong)(uint)field << 3);
        Varint((ulong)value);
        return this;
    }

    internal ProtobufWriter Number(int field, float value)
    {
        Varint((ulong)(uint)field << 3 | 5);
        BinaryPrimitives.WriteSingleLittleEndian(_bytes.GetSpan(sizeof(float)), value);
        _bytes.Advance(sizeof(float));
        return this;
    }

    internal ProtobufWriter Text(int field, string value) => Delimited(field, Encoding.UTF8.GetBytes(value));

    internal ProtobufWriter Message(int field, ProtobufWriter message) => Delimited(field, message.Bytes);

    /// <summary>A packed repeated field of integers.</summary>
    internal ProtobufWriter Row(int field, IEnumerable<long> values)
    {
        var row = new ProtobufWriter();
        foreach (var value in values) row.Varint((ulong)value);
        return Delimited(field, row.Bytes);
    }

    /// <summary>The tag and length of a length-delimited field whose bytes the caller writes elsewhere.</summary>
    internal ProtobufWriter Begin(int field, long length)
    {
        Varint((ulong)(uint)field << 3 | 2);
        Varint((ulong)length);
        return this;
    }

    /// <summary>Fields of another writer.</summary>
    internal ProtobufWriter Append(ProtobufWriter fields)
    {
        _bytes.Write(fields.Bytes);
        return this;
    }

    ProtobufWriter Delimited(int field, ReadOnlySpan<byte> bytes)
    {
        Begin(field, bytes.Length);
        _bytes.Write(bytes);
        return this;
    }

    void Varint(ulong value)
    {
        var span = _bytes.GetSpan(10);
        var count = 0;
        for (; value >= 0x80; value >>= 7) span[count++] = (byte)(value | 0x80);
        span[count++] = (byte)value;
        _bytes.Advance(count);
    }
}
