using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace TinyJepa.IO;

/// <summary>
/// The header of a <c>.npy</c> file (NumPy enhancement proposal 1 and numpy/lib/format.py): magic, version, length, then a Python
/// dictionary of descr, fortran_order and shape, padded to a multiple of 64 bytes.
/// </summary>
sealed class NpyHeader
{
    internal const int Longest = 10_000;                 // numpy's own limit, max_header_size
    const int Align = 64;

    readonly string _file;

    NpyHeader(string file) => _file = file;

    internal static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    internal ElementType Type { get; private set; }

    internal bool BigEndian { get; private set; }

    internal bool Fortran { get; private set; }

    internal Shape Shape { get; private set; }

    /// <summary>Where the data begins.</summary>
    internal int DataStart { get; private set; }

    /// <summary>Strides in elements if the array is in Fortran order; null otherwise.</summary>
    internal long[]? Strides
    {
        get
        {
            if (!Fortran || Shape.Rank < 2) return null;
            var strides = new long[Shape.Rank];
            var stride = 1L;
            for (var axis = 0; axis < strides.Length; axis++) (strides[axis], stride) = (stride, stride * Shape[axis]);
            return strides;
        }
    }

    /// <param name="first">The first bytes of the file: all of them, or at least 12 + <see cref="Longest"/>.</param>
    /// <param name="length">Length of the file in bytes.</param>
    /// <param name="file">Its name in error messages.</param>
    internal static NpyHeader Read(ReadOnlySpan<byte> first, long length, string file)
    {
        var header = new NpyHeader(file);
        if (first.Length < 10 || !first.StartsWith(Magic)) throw header.Broken("it does not begin with NumPy's magic bytes");
        var (major, minor) = (first[6], first[7]);
        if (major is < 1 or > 3 || minor != 0) throw header.Broken($"it has the version {major}.{minor}; 1.0, 2.0 and 3.0 are read");
        var prefix = major == 1 ? 10 : 12;
        if (first.Length < prefix) throw header.Broken("it is cut off in its first bytes");
        long size = major == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(first[8..]) : BinaryPrimitives.ReadUInt32LittleEndian(first[8..]);
        if (size > Longest) throw header.Broken($"its header claims {size} bytes; at most {Longest} are read, as NumPy does");
        if (size > length - prefix) throw header.Broken($"its header claims {size} bytes, but only {length - prefix} follow; it may be cut off");
        header.DataStart = prefix + (int)size;
        header.Parse(Encoding.Latin1.GetString(first.Slice(prefix, (int)size)));
        var needed = (long)header.Shape.Elements * header.Type.Bytes();
        if (needed != length - header.DataStart) throw header.Broken(
            $"its shape {header.Shape} of {header.Type} needs {needed} bytes, but {length - header.DataStart} follow the header; " +
            $"{(needed > length - header.DataStart ? "it may be cut off" : "several arrays belong in an .npz")}");
        return header;
    }

    /// <summary>The bytes that NumPy writes in front of a row-major array (version 1.0, numpy 1.23 and later).</summary>
    internal static byte[] Write(ElementType type, in Shape shape)
    {
        var sizes = shape.Rank == 1 ? $"({shape[0]},)" : $"({string.Join(", ", shape)})";
        var text = new StringBuilder($"{{'descr': '{Descr(type)}', 'fortran_order': False, 'shape': {sizes}, }}");
        // Room for the first size to grow to 21 digits in place, which files written before 1.23 lack.
        if (shape.Rank > 0) text.Append(' ', 21 - shape[0].ToString(CultureInfo.InvariantCulture).Length);
        var padding = Align - (10 + text.Length + 1) % Align;
        text.Append(' ', padding).Append('\n');
        var bytes = new byte[10 + text.Length];
        Magic.CopyTo(bytes);
        bytes[6] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(8), (ushort)text.Length);
        Encoding.Latin1.GetBytes(text.ToString(), bytes.AsSpan(10));
        return bytes;
    }

    static string Descr(ElementType type) => type switch
    {
        ElementType.BOOL => "|b1",
        ElementType.U8 => "|u1",
        ElementType.I8 => "|i1",
        ElementType.I16 => "<i2",
        ElementType.U16 => "<u2",
        ElementType.I32 => "<i4",
        ElementType.U32 => "<u4",
        ElementType.I64 => "<i8",
        ElementType.U64 => "<u8",
        ElementType.F16 => "<f2",
        ElementType.F32 => "<f4",
        ElementType.F64 => "<f8",
        _ => throw new ArgumentException($"NumPy has no type for {type}. Save it as safetensors, or as float32."),
    };

    void Parse(string text)
    {
        var at = 0;
        var (descr, fortran, shape) = (false, false, false);
        Expect('{');
        while (!Accept('}'))
        {
            var key = Word();
            Expect(':');
            switch (key)
            {
                case "descr" when !descr: ParseType(); descr = true; break;
                case "fortran_order" when !fortran: Fortran = ParseBool(); fortran = true; break;
                case "shape" when !shape: ParseShape(); shape = true; break;
                default: throw Broken($"its header has an unknown or repeated key '{Names.Shown(key)}'");
            }

            if (Accept(',')) continue;
            Expect('}');
            break;
        }

        Skip();
        if (at != text.Length) throw Broken("there is text after its header's closing brace");
        if (!descr || !fortran || !shape) throw Broken("its header lacks descr, fortran_order or shape");

        void Skip()
        {
            while (at < text.Length && text[at] is ' ' or '\n' or '\t' or '\r') at++;
        }

        bool Accept(char letter)
        {
            Skip();
            if (at >= text.Length || text[at] != letter) return false;
            at++;
            return true;
        }

        void Expect(char letter)
        {
            if (!Accept(letter)) throw Broken($"its header has no '{letter}' at character {at}");
        }

        string Word()
        {
            Skip();
            if (at >= text.Length || text[at] is not ('\'' or '"')) throw Broken($"its header has no text in quotes at character {at}");
            var end = text.IndexOf(text[at], at + 1);
            if (end < 0) throw Broken("its header has a text without an end");
            var word = text[(at + 1)..end];
            at = end + 1;
            return word;
        }

        bool ParseBool()
        {
            Skip();
            foreach (var (name, value) in (ReadOnlySpan<(string, bool)>)[("True", true), ("False", false)])
            {
                if (string.CompareOrdinal(text, at, name, 0, name.Length) != 0) continue;
                at += name.Length;
                return value;
            }

            throw Broken("its fortran_order is neither True nor False");
        }

        void ParseType()
        {
            Skip();
            if (at < text.Length && text[at] is '[' or '(') throw Broken("it holds records with named fields: save each field as an array of its own");
            var name = Word();
            if (name.Contains('O', StringComparison.Ordinal))
                throw Broken("it holds Python objects, which only running code could restore: save numeric arrays");
            if (name.Length < 3 || name[0] is not ('<' or '>' or '|' or '=') || TypeOf(name[1..]) is not { } type)
                throw Broken($"its element type '{Names.Shown(name)}' is not supported: save float32, float64, integers or bools");
            (Type, BigEndian) = (type, name[0] == '>');
            if (name[0] == '|' && type.Bytes() > 1) throw Broken($"its type '{name}' does not say the byte order");
        }

        void ParseShape()
        {
            Span<int> sizes = stackalloc int[Shape.MaxRank];
            var rank = 0;
            var count = 1L;
            var comma = true;
            Expect('(');
            while (!Accept(')'))
            {
                if (!comma) throw Broken("its shape is not a tuple of sizes");
                Skip();
                var start = at;
                while (at < text.Length && char.IsAsciiDigit(text[at])) at++;
                if (!long.TryParse(text.AsSpan(start, at - start), NumberStyles.None, CultureInfo.InvariantCulture, out var size))
                    throw Broken("its shape is not a tuple of sizes");
                if (rank == Shape.MaxRank) throw Broken($"it has more than {Shape.MaxRank} axes");
                if (size > int.MaxValue || (count *= size) > int.MaxValue) throw Broken($"it has more than {int.MaxValue} elements");
                sizes[rank++] = (int)size;
                comma = Accept(',');
            }

            if (rank == 1 && !comma) throw Broken("its shape is a number in parentheses, not a tuple");
            Shape = Shape.Create(sizes[..rank]);
        }
    }

    /// <summary>The type of a NumPy kind and size, such as f4; null if it is not supported.</summary>
    internal static ElementType? TypeOf(string name) => name switch
    {
        "b1" => ElementType.BOOL,
        "u1" => ElementType.U8,
        "i1" => ElementType.I8,
        "i2" => ElementType.I16,
        "u2" => ElementType.U16,
        "i4" => ElementType.I32,
        "u4" => ElementType.U32,
        "i8" => ElementType.I64,
        "u8" => ElementType.U64,
        "f2" => ElementType.F16,
        "f4" => ElementType.F32,
        "f8" => ElementType.F64,
        _ => null,
    };

    InvalidDataException Broken(string what) => new($"{_file} is not a valid .npy file: {what}.");
}
