using System.Buffers.Binary;
using System.Text;

namespace TinyJepa.Tests.IO;

/// <summary>Safetensors files byte by byte, sound or not.</summary>
static class RawFile
{
    internal static byte[] Bytes(string header, params ReadOnlySpan<byte> data) => Bytes(header, (ulong)Encoding.UTF8.GetByteCount(header), data);

    internal static byte[] Bytes(string header, ulong claimedLength, ReadOnlySpan<byte> data)
    {
        var length = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, claimedLength);
        return [.. length, .. Encoding.UTF8.GetBytes(header), .. data];
    }

    /// <summary>One tensor 'x' of a type.</summary>
    internal static byte[] Of(string type, int count, ReadOnlySpan<byte> data) =>
        Bytes($"{{\"x\":{{\"dtype\":\"{type}\",\"shape\":[{count}],\"data_offsets\":[0,{data.Length}]}}}}", data);
}
