using CommunityToolkit.HighPerformance;

namespace TinyJepa.Samples;

/// <summary>A small colour canvas: frames of a world enlarged, laid side by side, and written as PNG or <see cref="Gif"/>.</summary>
public sealed class Picture
{
    readonly Rgb[,] _pixels;

    /// <summary>A black canvas.</summary>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    public Picture(int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        _pixels = new Rgb[height, width];
    }

    /// <summary>Columns.</summary>
    public int Width => _pixels.GetLength(1);

    /// <summary>Rows.</summary>
    public int Height => _pixels.GetLength(0);

    /// <summary>All pixels, [height, width].</summary>
    public Span2D<Rgb> Pixels => _pixels;

    /// <summary>A frame of a world, every pixel enlarged to a square.</summary>
    /// <param name="frame">[height, width]; 0 is black, 1 is the tint, values outside are clamped.</param>
    /// <param name="scale">Side of a square, in pixels of the picture.</param>
    /// <param name="tint">The colour of 1.</param>
    public static Picture Enlarge(ReadOnlySpan2D<float> frame, int scale, Rgb tint)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(scale);
        var picture = new Picture(frame.Width * scale, frame.Height * scale);
        for (var y = 0; y < frame.Height; y++)
            for (var x = 0; x < frame.Width; x++)
                picture.Pixels.Slice(y * scale, x * scale, scale, scale).Fill(Rgb.Mix(Rgb.Black, tint, frame[y, x]));

        return picture;
    }

    /// <summary>Tiles from left to right.</summary>
    /// <param name="tiles">Pictures of one height.</param>
    /// <param name="gap">Pixels between them.</param>
    /// <param name="background">The colour of the gaps.</param>
    public static Picture Row(IReadOnlyList<Picture> tiles, int gap, Rgb background) => Join(tiles, gap, background, across: true);

    /// <summary>Tiles from top to bottom.</summary>
    /// <param name="tiles">Pictures of one width.</param>
    /// <param name="gap">Pixels between them.</param>
    /// <param name="background">The colour of the gaps.</param>
    public static Picture Column(IReadOnlyList<Picture> tiles, int gap, Rgb background) => Join(tiles, gap, background, across: false);

    /// <summary>Copies a whole picture onto this one.</summary>
    /// <param name="picture">Must fit.</param>
    /// <param name="x">The column of its left edge.</param>
    /// <param name="y">The row of its upper edge.</param>
    /// <exception cref="ArgumentOutOfRangeException">It does not fit.</exception>
    public void Paste(Picture picture, int x, int y)
    {
        picture.Pixels.CopyTo(Pixels.Slice(y, x, picture.Height, picture.Width));
    }

    /// <summary>The picture as a PNG file.</summary>
    public byte[] ToPng() => Png.Encode(Pixels);

    static Picture Join(IReadOnlyList<Picture> tiles, int gap, Rgb background, bool across)
    {
        if (tiles.Count == 0 || tiles.Any(tile => across ? tile.Height != tiles[0].Height : tile.Width != tiles[0].Width))
            throw new ArgumentException("At least one tile is needed, and all tiles must be of one size across the strip.", nameof(tiles));

        var length = tiles.Sum(tile => across ? tile.Width : tile.Height) + gap * (tiles.Count - 1);
        var joined = across ? new Picture(length, tiles[0].Height) : new Picture(tiles[0].Width, length);
        joined.Pixels.Fill(background);
        var at = 0;
        foreach (var tile in tiles)
        {
            joined.Paste(tile, across ? at : 0, across ? 0 : at);
            at += gap + (across ? tile.Width : tile.Height);
        }

        return joined;
    }
}
