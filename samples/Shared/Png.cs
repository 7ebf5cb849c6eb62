using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using CommunityToolkit.HighPerformance;
using CommunityToolkit.HighPerformance.Buffers;

namespace TinyJepa.Samples;

/// <summary>Writes PNG images (ISO/IEC 15948) of three channels with 8 bits each.</summary>
public static class Png
{
    static readonly uint[] s_crc = CrcTable();

    /// <summary>A whole PNG file.</summary>
    /// <param name="pixels">[height, width]</param>
    public static byte[] Encode(ReadOnlySpan2D<Rgb> pixels)
    {
        Span<byte> header = stackalloc byte[13];        // 8 bits, colour type 2 (RGB); deflate, adaptive filters, not interlaced are the zeros at the end
        BinaryPrimitives.WriteInt32BigEndian(header, pixels.Width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], pixels.Height);
        (header[8], header[9]) = (8, 2);

        using var bytes = new ArrayPoolBufferWriter<byte>();
        using var file = bytes.AsStream();
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0d, 0x0a, 0x1a, 0x0a]);
        Chunk(file, "IHDR"u8, header);
        using var packed = Compress(pixels);
        Chunk(file, "IDAT"u8, packed.WrittenSpan);
        Chunk(file, "IEND"u8, []);
        return bytes.WrittenSpan.ToArray();
    }

    // Every row is preceded by its filter, always "none": enlarged tiles repeat whole rows, which deflate finds by itself.
    static ArrayPoolBufferWriter<byte> Compress(ReadOnlySpan2D<Rgb> pixels)
    {
        var packed = new ArrayPoolBufferWriter<byte>();
        using (var zlib = new ZLibStream(packed.AsStream(), CompressionLevel.SmallestSize))
        {
            for (var y = 0; y < pixels.Height; y++)
            {
                zlib.WriteByte(0);
                zlib.Write(MemoryMarshal.AsBytes(pixels.GetRowSpan(y)));
            }
        }

        return packed;
    }

    static void Chunk(Stream file, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        file.Write(type);
        file.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, ~Crc(data, Crc(type, uint.MaxValue)));
        file.Write(number);
    }

    static uint Crc(ReadOnlySpan<byte> bytes, uint crc)
    {
        foreach (var b in bytes) crc = s_crc[(byte)(crc ^ b)] ^ (crc >> 8);
        return crc;
    }

    static uint[] CrcTable()
    {
        var table = new uint[256];
        for (var i = 0u; i < table.Length; i++)
        {
            var c = i;
            for (var bit = 0; bit < 8; bit++) c = (c & 1) == 0 ? c >> 1 : 0xedb88320u ^ (c >> 1);
            table[i] = c;
        }

        return table;
    }
}
