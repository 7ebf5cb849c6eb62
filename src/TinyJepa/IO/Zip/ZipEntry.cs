using System.IO.Compression;

namespace TinyJepa.IO;

/// <summary>A file inside a zip. Its position was checked when the directory was read; its contents are checked when it is opened.</summary>
sealed class ZipEntry(ByteSource zip, string name, bool deflated, uint crc, long packed, long length, long header)
{
    /// <summary>Deflate cannot expand one byte to more than this (RFC 1951: 258 bytes from two bits), so a larger size is a zip bomb.</summary>
    internal const int MostFromOne = 1032;

    bool _verified;

    internal string Name { get; } = name;

    internal long Length { get; } = length;

    internal bool Deflated { get; } = deflated;

    internal long Packed { get; } = packed;

    /// <summary>Where its local header begins; the bytes begin at <see cref="Start"/>.</summary>
    internal long Header { get; } = header;

    internal long Start { get; set; }

    internal ByteSource Zip { get; } = zip;

    /// <summary>The source of its bytes, verified: the zip itself from <see cref="Start"/> on, or unpacked memory from 0 on.</summary>
    internal ByteSource Open()
    {
        Verify();
        if (!Deflated) return Zip;
        if (Length > Array.MaxLength) throw Broken($"has {Length} bytes when unpacked, more than {Array.MaxLength}; store it without compression");
        var bytes = new byte[Length];                        // Verify has unpacked it: it really has this many bytes
        Unpack(bytes);
        return ByteSource.Of(bytes, Zip.Name);
    }

    /// <summary>Verifies size and checksum, with no more memory than a chunk.</summary>
    internal void Verify()
    {
        if (_verified) return;
        var (count, sum) = Deflated ? Unpack([]) : (Length, StoredSum());
        if (count != Length)
            throw Broken(count > Length ? $"holds more than the {Length} bytes that the directory says" : $"holds {count} bytes, not {Length}");
        if (sum != crc)
            throw Broken($"has the checksum {sum:X8}, not {crc:X8}: the file is damaged, or was saved without checksums " +
                "(torch.serialization.set_crc32_options(False))");
        _verified = true;
    }

    /// <summary>Where the bytes begin in <see cref="Open"/>'s source.</summary>
    internal long Offset => Deflated ? 0 : Start;

    /// <summary>The first bytes, unpacked, as many as the destination holds; the checksum is not verified.</summary>
    internal void ReadFirst(Span<byte> destination)
    {
        if (!Deflated)
        {
            Zip.Read(Start, destination);
            return;
        }

        using var stream = new DeflateStream(new Window(Zip, Start, Packed), CompressionMode.Decompress);
        try
        {
            stream.ReadExactly(destination);
        }
        catch (EndOfStreamException)
        {
            throw Broken($"holds fewer than {destination.Length} bytes, not {Length}");
        }
        catch (InvalidDataException error)
        {
            throw Broken($"cannot be unpacked ({error.Message})");
        }
    }

    /// <summary>Unpacks into the destination or, if that is empty, only counts the bytes and computes their checksum.</summary>
    (long Count, uint Sum) Unpack(Span<byte> destination)
    {
        using var stream = new DeflateStream(new Window(Zip, Start, Packed), CompressionMode.Decompress);
        var (count, sum, write) = (0L, 0u, destination.Length > 0);
        Span<byte> chunk = stackalloc byte[4096];
        try
        {
            for (int read; count <= Length && (read = stream.Read(chunk)) > 0; count += read)
            {
                if (write) chunk[..read].CopyTo(destination[(int)count..]);
                else sum = Crc32.Append(sum, chunk[..read]);
            }
        }
        catch (InvalidDataException error)
        {
            throw Broken($"cannot be unpacked ({error.Message})");
        }

        return (count, sum);
    }

    uint StoredSum()
    {
        var sum = 0u;
        Span<byte> chunk = stackalloc byte[4096];
        for (var at = 0L; at < Length; at += chunk.Length)
        {
            if (Zip.TrySpan(Start + at, Math.Min(1 << 30, Length - at), out var bytes))
            {
                sum = Crc32.Append(sum, bytes);
                at += bytes.Length - chunk.Length;
                continue;
            }

            var part = chunk[..(int)Math.Min(chunk.Length, Length - at)];
            Zip.Read(Start + at, part);
            sum = Crc32.Append(sum, part);
        }

        return sum;
    }

    InvalidDataException Broken(string what) => new($"{Zip.Name}: the entry '{Names.Shown(Name)}' {what}.");

    /// <summary>A range of a file as a stream.</summary>
    sealed class Window(ByteSource source, long start, long length) : Stream
    {
        long _at;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => length;

        public override long Position { get => _at; set => throw new NotSupportedException(); }

        public override int Read(Span<byte> buffer)
        {
            var count = (int)Math.Min(buffer.Length, length - _at);
            source.Read(start + _at, buffer[..count]);
            _at += count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
