using System.Buffers.Binary;
using System.IO.Compression;

namespace TinyJepa.Samples;

/// <summary>Writes PNG images (ISO/IEC 15948) of 8 bits per channel.</summary>
public static class Png
{
    static readonly uint[] s_crc = CrcTable();

    /// <summary>A grey image.</summary>
    /// <param name="pixels">[height, width], 0 is black.</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    public static byte[] Grey(ReadOnlySpan<byte> pixels, int width, int height) => Encode(pixels, width, height, channels: 1, colourType: 0);

    /// <summary>A colour image.</summary>
    /// <param name="pixels">[height, width, 3], red first.</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    public static byte[] Rgb(ReadOnlySpan<byte> pixels, int width, int height) => Encode(pixels, width, height, channels: 3, colourType: 2);

    /// <summary>The image as an address that a page can show without loading anything.</summary>
    /// <param name="png">A whole PNG file.</param>
    public static string DataUri(ReadOnlySpan<byte> png) => "data:image/png;base64," + Convert.ToBase64String(png);

    static byte[] Encode(ReadOnlySpan<byte> pixels, int width, int height, int channels, byte colourType)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        if (pixels.Length != (long)width * height * channels)
            throw new ArgumentException($"{width} × {height} × {channels} pixels expected, got {pixels.Length} bytes.", nameof(pixels));

        Span<byte> header = stackalloc byte[13];        // depth 8; deflate, adaptive filters, not interlaced are the zeros at the end
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], height);
        (header[8], header[9]) = (8, colourType);

        using var file = new MemoryStream();
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0d, 0x0a, 0x1a, 0x0a]);
        Chunk(file, "IHDR"u8, header);
        Chunk(file, "IDAT"u8, Compress(pixels, width * channels));
        Chunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    // Every row is preceded by its filter, always "none": enlarged tiles repeat whole rows, which deflate finds by itself.
    static byte[] Compress(ReadOnlySpan<byte> pixels, int rowLength)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            for (var at = 0; at < pixels.Length; at += rowLength)
            {
                zlib.WriteByte(0);
                zlib.Write(pixels.Slice(at, rowLength));
            }
        }

        return packed.ToArray();
    }

    static void Chunk(MemoryStream file, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
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
