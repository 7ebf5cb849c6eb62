using System.Buffers.Binary;
using CommunityToolkit.HighPerformance;
using CommunityToolkit.HighPerformance.Buffers;

namespace TinyJepa.Samples;

/// <summary>Writes animated GIF89a files that loop for ever.</summary>
public static class Gif
{
    const int MostCodes = 4096;

    /// <summary>An animation with the same delay after every picture.</summary>
    /// <param name="pictures">Pictures of one size.</param>
    /// <param name="delay">Milliseconds each picture stays; the format counts in hundredths of a second.</param>
    public static byte[] Encode(IReadOnlyList<Picture> pictures, int delay) => Encode(pictures, _ => delay);

    /// <summary>An animation.</summary>
    /// <param name="pictures">Pictures of one size. More than 256 distinct colours are rounded until they fit the format's palette.</param>
    /// <param name="delay">Milliseconds that the picture of this index stays, at least 20: browsers slow faster animations down.</param>
    public static byte[] Encode(IReadOnlyList<Picture> pictures, Func<int, int> delay)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        ArgumentNullException.ThrowIfNull(delay);
        if (pictures.Count == 0 || pictures.Any(p => p.Width != pictures[0].Width || p.Height != pictures[0].Height))
            throw new ArgumentException("At least one picture is needed, and all must be of one size.", nameof(pictures));

        var palette = Palette.Of(pictures);
        using var bytes = new ArrayPoolBufferWriter<byte>();
        using var file = bytes.AsStream();
        Head(file, pictures[0].Width, pictures[0].Height, palette);
        for (var i = 0; i < pictures.Count; i++)
        {
            Frame(file, pictures[i], delay(i));
            Compress(file, palette.Indices(pictures[i]), palette.Bits);
        }

        file.WriteByte(0x3b);
        return bytes.WrittenSpan.ToArray();
    }

    static void Head(Stream file, int width, int height, Palette palette)
    {
        file.Write("GIF89a"u8);
        Short(file, width);
        Short(file, height);
        file.Write([(byte)(0x80 | 0x70 | (palette.Bits - 1)), 0, 0]);       // one palette for all pictures
        for (var i = 0; i < 1 << palette.Bits; i++)
        {
            var c = i < palette.Colours.Count ? palette.Colours[i] : Rgb.Black;
            file.Write([c.R, c.G, c.B]);
        }

        file.Write([0x21, 0xff, 11, .. "NETSCAPE2.0"u8, 3, 1, 0, 0, 0]);     // repeat count 0: for ever
    }

    static void Frame(Stream file, Picture picture, int delay)
    {
        file.Write([0x21, 0xf9, 4, 0x04]);                                   // leave the picture in place, nothing is transparent
        Short(file, (Math.Max(delay, 20) + 5) / 10);
        file.Write([0, 0, 0x2c, 0, 0, 0, 0]);
        Short(file, picture.Width);
        Short(file, picture.Height);
        file.WriteByte(0);
    }

    // Lempel, Ziv & Welch: the longest known run is one code, and with the next pixel it becomes a known run itself.
    static void Compress(Stream file, byte[] indices, int bits)
    {
        int clear = 1 << bits, end = clear + 1;
        var codes = new CodeWriter(file, bits);
        var known = new Dictionary<int, int>();
        int width = bits + 1, next = end + 1;

        codes.Write(clear, width);
        int run = indices[0];
        foreach (var pixel in indices.AsSpan(1))
        {
            if (known.TryGetValue(run << 8 | pixel, out var longer))
            {
                run = longer;
                continue;
            }

            codes.Write(run, width);
            if (next < MostCodes)
            {
                if (next == 1 << width) width++;
                known[run << 8 | pixel] = next++;
            }
            else
            {
                codes.Write(clear, width);
                known.Clear();
                (width, next) = (bits + 1, end + 1);
            }

            run = pixel;
        }

        codes.Write(run, width);
        if (next == 1 << width && width < 12) width++;                       // the reader adds a run for this code, too
        codes.Write(end, width);
        codes.Finish();
    }

    static void Short(Stream file, int value)
    {
        Span<byte> two = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(two, checked((ushort)value));
        file.Write(two);
    }

    /// <summary>Packs codes from the lowest bit upwards into blocks of at most 255 bytes.</summary>
    sealed class CodeWriter
    {
        readonly Stream _file;
        readonly byte[] _block = new byte[255];
        int _filled, _pending, _pendingBits;

        internal CodeWriter(Stream file, int bits)
        {
            _file = file;
            _file.WriteByte((byte)bits);
        }

        internal void Write(int code, int width)
        {
            _pending |= code << _pendingBits;
            for (_pendingBits += width; _pendingBits >= 8; _pendingBits -= 8, _pending >>= 8) Byte((byte)_pending);
        }

        internal void Finish()
        {
            if (_pendingBits > 0) Byte((byte)_pending);
            if (_filled > 0) Flush();
            _file.WriteByte(0);
        }

        void Byte(byte value)
        {
            _block[_filled++] = value;
            if (_filled == _block.Length) Flush();
        }

        void Flush()
        {
            _file.WriteByte((byte)_filled);
            _file.Write(_block, 0, _filled);
            _filled = 0;
        }
    }

    /// <summary>At most 256 colours: the pictures' own, or theirs rounded to as many levels as fit.</summary>
    sealed class Palette
    {
        readonly Dictionary<Rgb, byte> _index = [];
        readonly int _dropped;

        Palette(int dropped) => _dropped = dropped;

        internal List<Rgb> Colours { get; } = [];

        /// <summary>Bits of an index; the format knows no fewer than two.</summary>
        internal int Bits { get; private set; } = 2;

        internal static Palette Of(IReadOnlyList<Picture> pictures)
        {
            for (var dropped = 0; ; dropped++)
            {
                var palette = new Palette(dropped);
                if (palette.TryAdd(pictures)) return palette;
            }
        }

        internal byte[] Indices(Picture picture)
        {
            var indices = new byte[picture.Width * picture.Height];
            var i = 0;
            foreach (var pixel in picture.Pixels) indices[i++] = _index[Rounded(pixel)];
            return indices;
        }

        bool TryAdd(IReadOnlyList<Picture> pictures)
        {
            foreach (var picture in pictures)
            {
                foreach (var pixel in picture.Pixels)
                {
                    var colour = Rounded(pixel);
                    if (_index.ContainsKey(colour)) continue;
                    if (Colours.Count == 256) return false;
                    _index[colour] = (byte)Colours.Count;
                    Colours.Add(colour);
                }
            }

            while (1 << Bits < Colours.Count) Bits++;
            return true;
        }

        Rgb Rounded(Rgb pixel) => new(Rounded(pixel.R), Rounded(pixel.G), Rounded(pixel.B));

        // Levels are scaled to the whole range again, so that black stays black and white stays white.
        byte Rounded(byte v) => (byte)((v >> _dropped) * 255 / (255 >> _dropped));
    }
}
