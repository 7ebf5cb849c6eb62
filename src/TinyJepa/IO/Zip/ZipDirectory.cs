using System.Buffers.Binary;
using System.Text;

namespace TinyJepa.IO;

/// <summary>
/// The table of contents of a zip (PKWARE APPNOTE 6.3). An own reader, because <c>ZipArchive</c> neither tells where an entry's bytes
/// begin, which reading without a copy needs, nor checks that entries do not overlap and that the two headers of an entry agree, and allocates
/// objects for as many entries as a file claims to have. It accepts only what PyTorch and NumPy write: one disk, stored or deflated, no encryption,
/// no bytes before the first entry or after the directory.
/// </summary>
sealed class ZipDirectory
{
    const int EndLength = 22, End64Length = 56, LocatorLength = 20, CentralLength = 46, LocalLength = 30;
    const int MostEntries = 1 << 20, LongestName = 4096;

    static readonly UTF8Encoding s_utf8 = new(false, throwOnInvalidBytes: true);

    readonly Dictionary<string, ZipEntry> _byName = new(StringComparer.Ordinal);

    ZipDirectory(ByteSource source) => Source = source;

    internal ByteSource Source { get; }

    internal List<ZipEntry> Entries { get; } = [];

    internal ZipEntry? Find(string name) => _byName.GetValueOrDefault(name);

    internal static ZipDirectory Read(ByteSource source)
    {
        var zip = new ZipDirectory(source);
        var (count, start, length) = zip.ReadEnd();
        zip.ReadCentral(count, start, length);
        zip.ReadLocals(start);
        return zip;
    }

    /// <summary>The number of entries and the range of their directory, which must end where the end records begin.</summary>
    (long Count, long Start, long Length) ReadEnd()
    {
        if (Source.Length < EndLength) throw Broken($"it has {Source.Length} bytes, too few for a zip");
        Span<byte> end = stackalloc byte[EndLength];
        var at = Source.Length - EndLength;
        Source.Read(at, end);
        if (U32(end, 0) != 0x06054B50) throw Broken("it does not end with a zip's directory; it may be cut off, or bytes may have been added");
        if (U16(end, 4) != 0 || U16(end, 6) != 0 || U16(end, 20) != 0) throw Broken("it spans several disks or has a comment");
        var (count, length, start) = ((long)U16(end, 10), (long)U32(end, 12), (long)U32(end, 16));
        if (U16(end, 8) != count) throw Broken($"its directory has {U16(end, 8)} entries of {count}");

        // PyTorch always writes the 64-bit records, NumPy only where the others overflow.
        Span<byte> locator = stackalloc byte[LocatorLength], end64 = stackalloc byte[End64Length];
        var is64 = at >= LocatorLength + End64Length;
        if (is64) Source.Read(at - LocatorLength, locator);
        if (is64 && U32(locator, 0) == 0x07064B50)
        {
            at -= LocatorLength + End64Length;
            Source.Read(at, end64);
            if (U64(locator, 8) != (ulong)at || U32(locator, 16) != 1 || U32(end64, 0) != 0x06064B50 || U64(end64, 4) != End64Length - 12)
                throw Broken("its 64-bit end record is not where it should be");
            if (U32(end64, 16) != 0 || U32(end64, 20) != 0 || U64(end64, 24) != U64(end64, 32)) throw Broken("it spans several disks");
            var (count64, length64, start64) = (U64(end64, 32), U64(end64, 40), U64(end64, 48));
            if ((count != 0xFFFF && (ulong)count != count64) || (length != uint.MaxValue && (ulong)length != length64)
                || (start != uint.MaxValue && (ulong)start != start64))
            {
                throw Broken("its two end records disagree");
            }

            if (count64 > MostEntries || length64 > (ulong)at || start64 > (ulong)at) throw Broken("its 64-bit end record claims more than the file holds");
            (count, length, start) = ((long)count64, (long)length64, (long)start64);
        }

        if (count > MostEntries) throw Broken($"it claims {count} entries; at most {MostEntries} are read");
        if (start + length != at) throw Broken($"its directory spans {start} to {start + length}, but should end at {at}; it may be cut off");
        if (count * CentralLength > length) throw Broken($"its directory of {length} bytes cannot hold {count} entries");
        return (count, start, length);
    }

    void ReadCentral(long count, long start, long length)
    {
        if (length > int.MaxValue) throw Broken($"its directory has {length} bytes");
        var bytes = Source.Bytes(start, (int)length);
        for (var i = 0L; i < count; i++)
        {
            if (bytes.Length < CentralLength || U32(bytes, 0) != 0x02014B50) throw Broken($"entry {i} of its directory has no signature");
            var (flags, method, name, extra, comment) = (U16(bytes, 8), U16(bytes, 10), (int)U16(bytes, 28), (int)U16(bytes, 30), (int)U16(bytes, 32));
            if (CentralLength + name + extra + comment > bytes.Length) throw Broken($"entry {i} of its directory is cut off");
            var text = NameOf(bytes.Slice(CentralLength, name));
            if ((flags & 0x2041) != 0) throw Broken($"the entry '{Names.Shown(text)}' is encrypted");
            if (method is not (0 or 8))
                throw Broken($"the entry '{Names.Shown(text)}' is packed by method {method}; only stored (0) and deflated (8) ones are read");
            if (U16(bytes, 34) != 0) throw Broken($"the entry '{Names.Shown(text)}' is on another disk");
            var (packed, size, header) = Sizes(bytes.Slice(CentralLength + name, extra), U32(bytes, 20), U32(bytes, 24), U32(bytes, 42), text);
            if (method == 0 ? packed != size : size > (UInt128)packed * ZipEntry.MostFromOne)
                throw Broken($"the entry '{Names.Shown(text)}' claims {size} bytes from {packed}, which its method cannot give");
            if (header > (ulong)start || packed > (ulong)start - header) throw Broken($"the entry '{Names.Shown(text)}' lies outside the file");
            var entry = new ZipEntry(Source, text, method == 8, U32(bytes, 16), (long)packed, (long)size, (long)header);
            if (!_byName.TryAdd(text, entry)) throw Broken($"the entry '{Names.Shown(text)}' occurs twice");
            Entries.Add(entry);
            bytes = bytes[(CentralLength + name + extra + comment)..];
        }

        if (bytes.Length > 0) throw Broken($"{bytes.Length} bytes follow the last entry of its directory");
    }

    /// <summary>Every local header must agree with the directory, and entries must not overlap: zip bombs are made of overlapping entries.</summary>
    void ReadLocals(long directory)
    {
        Span<byte> local = stackalloc byte[LocalLength];
        var end = 0L;
        foreach (var entry in Entries.OrderBy(entry => entry.Header))
        {
            if (entry.Header < end) throw Broken($"the entry '{Names.Shown(entry.Name)}' overlaps another");
            if (entry.Header > directory - LocalLength) throw Broken($"the entry '{Names.Shown(entry.Name)}' lies outside the file");
            Source.Read(entry.Header, local);
            if (U32(local, 0) != 0x04034B50) throw Broken($"the entry '{Names.Shown(entry.Name)}' does not begin where the directory says");
            var (name, extra) = (U16(local, 26), U16(local, 28));
            entry.Start = entry.Header + LocalLength + name + extra;
            if (entry.Start > directory || entry.Packed > directory - entry.Start) throw Broken($"the entry '{Names.Shown(entry.Name)}' lies outside the file");
            end = entry.Start + entry.Packed;
            var text = NameOf(Source.Bytes(entry.Header + LocalLength, name));
            if (text != entry.Name || U16(local, 8) != (entry.Deflated ? 8 : 0))
                throw Broken($"the entry '{Names.Shown(entry.Name)}' has another name ('{Names.Shown(text)}') or compression in its local header");

            // With flag 8 the sizes follow the data, and these fields are zero.
            if ((U16(local, 6) & 8) != 0) continue;
            var (packed, size, _) = Sizes(Source.Bytes(entry.Header + LocalLength + name, extra), U32(local, 18), U32(local, 22), 0, entry.Name);
            if (packed != (ulong)entry.Packed || size != (ulong)entry.Length)
                throw Broken($"the entry '{Names.Shown(entry.Name)}' has other sizes in its local header than in the directory");
        }
    }

    /// <summary>Sizes that do not fit 32 bits are in extra field 1, in this order, each only if its 32-bit field is 0xFFFFFFFF.</summary>
    (ulong Packed, ulong Size, ulong Header) Sizes(ReadOnlySpan<byte> extra, uint packed, uint size, uint header, string name)
    {
        var wanted = 8 * ((size == uint.MaxValue ? 1 : 0) + (packed == uint.MaxValue ? 1 : 0) + (header == uint.MaxValue ? 1 : 0));
        if (wanted == 0) return (packed, size, header);
        while (extra.Length >= 4)
        {
            var (id, length) = (U16(extra, 0), (int)U16(extra, 2));
            if (length > extra.Length - 4) break;
            if (id == 1 && length >= wanted)
            {
                var at = 4;
                var size64 = size == uint.MaxValue ? Next(extra) : size;
                var packed64 = packed == uint.MaxValue ? Next(extra) : packed;
                return (packed64, size64, header == uint.MaxValue ? Next(extra) : header);

                ulong Next(ReadOnlySpan<byte> field) => U64(field, (at += 8) - 8);
            }

            extra = extra[(4 + length)..];
        }

        throw Broken($"the entry '{Names.Shown(name)}' lacks its 64-bit sizes");
    }

    internal static bool LeadsOut(string name) => name[0] == '/' || name.AsSpan().ContainsAny('\\', '\0') || name.Split('/').Contains("..");

    /// <summary>Names are only looked up, never used as paths; names that lead out of a folder are refused anyway.</summary>
    string NameOf(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length is 0 or > LongestName) throw Broken($"an entry has a name of {bytes.Length} bytes");
        string name;
        try
        {
            name = s_utf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw Broken("an entry's name is not UTF-8");
        }

        if (LeadsOut(name)) throw Broken($"the entry '{Names.Shown(name)}' has a name that leads out of the zip");
        return name;
    }

    InvalidDataException Broken(string what) => new($"{Source.Name} is not a valid zip file: {what}.");

    static ushort U16(ReadOnlySpan<byte> x, int at) => BinaryPrimitives.ReadUInt16LittleEndian(x[at..]);

    static uint U32(ReadOnlySpan<byte> x, int at) => BinaryPrimitives.ReadUInt32LittleEndian(x[at..]);

    static ulong U64(ReadOnlySpan<byte> x, int at) => BinaryPrimitives.ReadUInt64LittleEndian(x[at..]);
}
