using System.Buffers.Binary;
using System.Text;

namespace TinyJepa.IO;

/// <summary>
/// Writes a zip of uncompressed entries with the same bytes as Python's zipfile when <c>numpy.savez</c> uses it: 64-bit sizes in every local
/// header, in the directory only where 32 bits are too few, and a date of 1980.
/// </summary>
sealed class ZipWriter(Stream stream)
{
    const ushort Version = 20, Version64 = 45, Date1980 = 0x21;

    readonly long _start = stream.Position;
    readonly List<(byte[] Name, uint Crc, long Length, long Header)> _entries = [];

    /// <summary>Writes an entry. The stream must be able to seek: the checksum before the data is only known after it.</summary>
    internal void Add(string name, Action<Stream> write)
    {
        var bytes = Encoding.UTF8.GetBytes(name);
        var header = stream.Position;
        stream.Write(new byte[30 + bytes.Length + 20]);
        var sum = new Summing(stream);
        write(sum);
        _entries.Add((bytes, sum.Crc, sum.Count, header - _start));
        var end = stream.Position;
        stream.Position = header;
        Local(_entries[^1]);
        stream.Position = end;
    }

    internal void Finish()
    {
        var start = stream.Position - _start;
        foreach (var entry in _entries) Central(entry);
        var length = stream.Position - _start - start;
        var is64 = _entries.Count > ushort.MaxValue || start > int.MaxValue || length > int.MaxValue;
        if (is64)
        {
            U32(0x06064B50);
            U64(44);
            U16(Version64);
            U16(Version64);
            U32(0);
            U32(0);
            U64(_entries.Count);
            U64(_entries.Count);
            U64(length);
            U64(start);
            U32(0x07064B50);
            U32(0);
            U64(start + length);
            U32(1);
        }

        U32(0x06054B50);
        U32(0);
        U16((ushort)Math.Min(_entries.Count, ushort.MaxValue));
        U16((ushort)Math.Min(_entries.Count, ushort.MaxValue));
        U32((uint)Math.Min(length, uint.MaxValue));
        U32((uint)Math.Min(start, uint.MaxValue));
        U16(0);
    }

    void Local((byte[] Name, uint Crc, long Length, long Header) entry)
    {
        var large = entry.Length > int.MaxValue;
        var size = large ? uint.MaxValue : (uint)entry.Length;
        U32(0x04034B50);
        Common(entry.Name, entry.Crc, large ? Version64 : Version, size, size);
        U16(20);
        stream.Write(entry.Name);
        U16(1);
        U16(16);
        U64(entry.Length);
        U64(entry.Length);
    }

    void Central((byte[] Name, uint Crc, long Length, long Header) entry)
    {
        var (large, far) = (entry.Length > int.MaxValue, entry.Header > int.MaxValue);
        var size = large ? uint.MaxValue : (uint)entry.Length;
        var version = large || far ? Version64 : Version;
        U32(0x02014B50);
        U16((ushort)(0x0300 | version));                     // made on Unix
        Common(entry.Name, entry.Crc, version, size, size);
        var extra = (large ? 16 : 0) + (far ? 8 : 0);
        U16((ushort)(extra > 0 ? 4 + extra : 0));
        U16(0);
        U16(0);
        U16(0);
        U32(0x01800000);                                     // rw-------
        U32(far ? uint.MaxValue : (uint)entry.Header);
        stream.Write(entry.Name);
        if (extra == 0) return;
        U16(1);
        U16((ushort)extra);
        if (large) U64(entry.Length);
        if (large) U64(entry.Length);
        if (far) U64(entry.Header);
    }

    void Common(byte[] name, uint crc, ushort version, uint packed, uint size)
    {
        U16(version);
        U16((ushort)(name.Any(letter => letter > 127) ? 0x800 : 0));
        U16(0);
        U16(0);
        U16(Date1980);
        U32(crc);
        U32(packed);
        U32(size);
        U16((ushort)name.Length);
    }

    void U16(ushort value)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
        stream.Write(bytes);
    }

    void U32(uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        stream.Write(bytes);
    }

    void U64(long value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        stream.Write(bytes);
    }

    /// <summary>Passes bytes on, counts them and computes their checksum.</summary>
    sealed class Summing(Stream inner) : Stream
    {
        internal uint Crc { get; private set; }

        internal long Count { get; private set; }

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            inner.Write(buffer);
            Crc = Crc32.Append(Crc, buffer);
            Count += buffer.Length;
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
