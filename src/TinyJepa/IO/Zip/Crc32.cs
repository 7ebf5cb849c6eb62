using System.Buffers.Binary;

namespace TinyJepa.IO;

/// <summary>The CRC-32 of zip files (ISO 3309, reflected polynomial 0xEDB88320), eight bytes at a time.</summary>
static class Crc32
{
    static readonly uint[] s_tables = Tables();

    internal static uint Of(ReadOnlySpan<byte> bytes) => Append(0, bytes);

    /// <summary>Continues a checksum with more bytes; starts from 0.</summary>
    internal static uint Append(uint sum, ReadOnlySpan<byte> bytes)
    {
        var (crc, t) = (~sum, s_tables);
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            var low = BinaryPrimitives.ReadUInt32LittleEndian(bytes) ^ crc;
            var high = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            crc = t[1792 + (low & 255)] ^ t[1536 + ((low >> 8) & 255)] ^ t[1280 + ((low >> 16) & 255)] ^ t[1024 + (low >> 24)]
                ^ t[768 + (high & 255)] ^ t[512 + ((high >> 8) & 255)] ^ t[256 + ((high >> 16) & 255)] ^ t[high >> 24];
        }

        foreach (var one in bytes) crc = t[(crc ^ one) & 255] ^ (crc >> 8);
        return ~crc;
    }

    static uint[] Tables()
    {
        var tables = new uint[8 * 256];
        for (var i = 0u; i < 256; i++)
        {
            var crc = i;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0xEDB88320;
            tables[i] = crc;
        }

        for (var i = 256; i < tables.Length; i++) tables[i] = tables[tables[i - 256] & 255] ^ (tables[i - 256] >> 8);
        return tables;
    }
}
