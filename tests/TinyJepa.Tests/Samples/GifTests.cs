using System.Buffers.Binary;
using TinyJepa.Samples;

namespace TinyJepa.Tests.Samples;

public sealed class GifTests
{
    [Fact]
    public void Encode_ComesBack_WhenDecoded()
    {
        Picture[] pictures = [Noise(37, 23, 200, 1), Noise(37, 23, 200, 1), Noise(37, 23, 200, 2)];
        var animation = Decode(Gif.Encode(pictures, i => 100 + 50 * i));

        Assert.Equal((37, 23), (animation.Width, animation.Height));
        Assert.Equal([100, 150, 200], animation.Frames.Select(f => f.Delay));
        Assert.True(animation.LoopsForEver);
        for (var i = 0; i < pictures.Length; i++) Assert.Equal(Bytes(pictures[i]), animation.Frames[i].Pixels);
    }

    /// <summary>Noise fills the table of 4096 runs several times over; every size passes the end of the code stream at another width.</summary>
    [Fact]
    public void Encode_ComesBack_AtEveryPaletteSizeAndLength()
    {
        foreach (var colours in (int[])[1, 2, 3, 4, 5, 16, 17, 255, 256])
        {
            foreach (var width in (int[])[1, 2, 5, 6, 7, 13, 60, 251, 252, 253, 254, 255, 256, 257, 3800, 3839, 3840, 3841, 9000])
            {
                var picture = Noise(width, width > 3000 ? 4 : 1, colours, 7);
                Assert.Equal(Bytes(picture), Assert.Single(Decode(Gif.Encode([picture], 40)).Frames).Pixels);
            }
        }
    }

    [Fact]
    public void Encode_RoundsColoursButKeepsBlackAndWhite_WhenThereAreTooMany()
    {
        var picture = new Picture(64, 16);
        for (var i = 0; i < 1024; i++) picture.Pixels[i / 64, i % 64] = new Rgb((byte)(i / 4), (byte)(i % 256), 128);
        picture.Pixels.Slice(0, 0, 1, 32).Fill(Rgb.Black);
        picture.Pixels.Slice(0, 32, 1, 32).Fill(Rgb.White);
        var frame = Assert.Single(Decode(Gif.Encode([picture], 40)).Frames).Pixels;

        Assert.All(frame[..96], v => Assert.Equal(0, v));
        Assert.All(frame[96..192], v => Assert.Equal(255, v));
        var bytes = Bytes(picture);
        for (var i = 0; i < frame.Length; i++) Assert.InRange(frame[i] - bytes[i], -32, 32);
    }

    [Fact]
    public void Encode_SlowsDown_WhenBrowsersWouldDoItAnyway() =>
        Assert.Equal(20, Decode(Gif.Encode([new Picture(2, 2)], 5)).Frames[0].Delay);

    [Fact]
    public void Encode_Throws_WhenSizesDiffer() =>
        Assert.Throws<ArgumentException>(() => Gif.Encode([new Picture(2, 2), new Picture(2, 3)], 40));

    static byte[] Bytes(Picture picture) => [.. picture.Pixels.ToArray().Cast<Rgb>().SelectMany(pixel => (byte[])[pixel.R, pixel.G, pixel.B])];

    static Picture Noise(int width, int height, int colours, int seed)
    {
        var random = new Random(seed);
        var picture = new Picture(width, height);
        for (var i = 0; i < width * height; i++)
        {
            var c = random.Next(colours);
            picture.Pixels[i / width, i % width] = new Rgb((byte)c, (byte)(c * 7), (byte)(255 - c));
        }

        return picture;
    }

    static (int Width, int Height, bool LoopsForEver, List<(int Delay, byte[] Pixels)> Frames) Decode(byte[] file)
    {
        Assert.Equal("GIF89a"u8, file.AsSpan(0, 6));
        int width = Short(6), height = Short(8), at = 13;
        var palette = file.AsSpan(at, 3 << (file[10] & 7) + 1).ToArray();
        at += palette.Length;

        var (frames, loops, delay) = (new List<(int, byte[])>(), false, 0);
        while (file[at] != 0x3b)
        {
            if (file[at] == 0x21)
            {
                if (file[at + 1] == 0xf9) delay = Short(at + 4) * 10;
                if (file[at + 1] == 0xff) loops = file.AsSpan(at + 3, 11).SequenceEqual("NETSCAPE2.0"u8) && Short(at + 16) == 0;
                at += 2;
                Blocks();
            }
            else
            {
                Assert.Equal(0x2c, file[at]);
                Assert.Equal((width, height), (Short(at + 5), Short(at + 7)));
                at += 11;
                var bits = file[at - 1];
                frames.Add((delay, [.. Lzw(Blocks(), bits, width * height).SelectMany(i => palette[(3 * i)..(3 * i + 3)])]));
            }
        }

        Assert.Equal(file.Length - 1, at);
        return (width, height, loops, frames);

        int Short(int i) => BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(i));

        byte[] Blocks()
        {
            var data = new List<byte>();
            for (; file[at] != 0; at += file[at] + 1) data.AddRange(file.AsSpan(at + 1, file[at]));
            at++;
            return [.. data];
        }
    }

    static List<byte> Lzw(byte[] data, int bits, int length)
    {
        int clear = 1 << bits, end = clear + 1, width = bits + 1, position = 0;
        var (runs, output, last) = (new List<byte[]>(), new List<byte>(), (byte[]?)null);
        while (true)
        {
            var code = 0;
            for (var b = 0; b < width; b++, position++) code |= (data[position / 8] >> position % 8 & 1) << b;
            if (code == clear)
            {
                runs = [.. Enumerable.Range(0, end + 1).Select(i => new[] { (byte)i })];
                (width, last) = (bits + 1, null);
                continue;
            }

            if (code == end) break;
            Assert.InRange(code, 0, last is null ? end - 1 : runs.Count);
            var run = code < runs.Count ? runs[code] : [.. last!, last![0]];
            output.AddRange(run);
            if (last is not null && runs.Count < 4096) runs.Add([.. last, run[0]]);
            if (runs.Count == 1 << width && width < 12) width++;
            last = run;
        }

        Assert.Equal(data.Length, (position + 7) / 8);
        Assert.Equal(length, output.Count);
        return output;
    }
}
