namespace TinyJepa.Samples;

/// <summary>A small colour canvas: frames of a world enlarged, laid side by side, and written as PNG or <see cref="Gif"/>.</summary>
public sealed class Picture
{
    readonly byte[] _pixels;

    /// <summary>A black canvas.</summary>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    public Picture(int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        (Width, Height) = (width, height);
        _pixels = new byte[width * height * 3];
    }

    /// <summary>Columns.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>All pixels, [height, width, 3], red first.</summary>
    public ReadOnlySpan<byte> Pixels => _pixels;

    /// <summary>One pixel.</summary>
    /// <param name="x">Column.</param>
    /// <param name="y">Row.</param>
    public Rgb this[int x, int y]
    {
        get
        {
            var i = At(x, y);
            return new(_pixels[i], _pixels[i + 1], _pixels[i + 2]);
        }

        set
        {
            var i = At(x, y);
            (_pixels[i], _pixels[i + 1], _pixels[i + 2]) = (value.R, value.G, value.B);
        }
    }

    /// <summary>A frame of a world, every pixel enlarged to a square.</summary>
    /// <param name="frame">[height, width]; 0 is black, 1 is the tint, values outside are clamped.</param>
    /// <param name="width">Columns of the frame.</param>
    /// <param name="scale">Side of a square, in pixels of the picture.</param>
    /// <param name="tint">The colour of 1.</param>
    public static Picture Enlarge(ReadOnlySpan<float> frame, int width, int scale, Rgb tint)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(scale);
        if (frame.Length % width != 0)
            throw new ArgumentException($"{frame.Length} pixels are not whole rows of {width}.", nameof(frame));

        var picture = new Picture(width * scale, frame.Length / width * scale);
        for (var i = 0; i < frame.Length; i++)
            picture.Fill(i % width * scale, i / width * scale, scale, scale, Rgb.Mix(Rgb.Black, tint, frame[i]));

        return picture;
    }

    /// <summary>Tiles from left to right: a film strip.</summary>
    /// <param name="tiles">Pictures of one height.</param>
    /// <param name="gap">Pixels between them.</param>
    /// <param name="background">The colour of the gaps.</param>
    public static Picture Row(IReadOnlyList<Picture> tiles, int gap, Rgb background)
    {
        RequireTiles(tiles, t => t.Height);
        var row = new Picture(tiles.Sum(t => t.Width) + gap * (tiles.Count - 1), tiles[0].Height);
        row.Fill(0, 0, row.Width, row.Height, background);
        var x = 0;
        foreach (var tile in tiles)
        {
            row.Paste(tile, x, 0);
            x += tile.Width + gap;
        }

        return row;
    }

    /// <summary>Tiles from top to bottom: film strips to be compared.</summary>
    /// <param name="tiles">Pictures of one width.</param>
    /// <param name="gap">Pixels between them.</param>
    /// <param name="background">The colour of the gaps.</param>
    public static Picture Column(IReadOnlyList<Picture> tiles, int gap, Rgb background)
    {
        RequireTiles(tiles, t => t.Width);
        var column = new Picture(tiles[0].Width, tiles.Sum(t => t.Height) + gap * (tiles.Count - 1));
        column.Fill(0, 0, column.Width, column.Height, background);
        var y = 0;
        foreach (var tile in tiles)
        {
            column.Paste(tile, 0, y);
            y += tile.Height + gap;
        }

        return column;
    }

    /// <summary>Paints a rectangle.</summary>
    /// <param name="x">First column.</param>
    /// <param name="y">First row.</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <param name="colour">The paint.</param>
    public void Fill(int x, int y, int width, int height, Rgb colour)
    {
        for (var row = y; row < y + height; row++)
            for (var column = x; column < x + width; column++)
                this[column, row] = colour;
    }

    /// <summary>Copies a whole picture onto this one.</summary>
    /// <param name="picture">Must fit.</param>
    /// <param name="x">The column of its left edge.</param>
    /// <param name="y">The row of its upper edge.</param>
    public void Paste(Picture picture, int x, int y)
    {
        ArgumentNullException.ThrowIfNull(picture);
        if (x < 0 || y < 0 || x + picture.Width > Width || y + picture.Height > Height)
            throw new ArgumentException($"{picture.Width} × {picture.Height} at ({x}, {y}) does not fit into {Width} × {Height}.", nameof(picture));

        for (var row = 0; row < picture.Height; row++)
            picture._pixels.AsSpan(row * picture.Width * 3, picture.Width * 3).CopyTo(_pixels.AsSpan(At(x, y + row)));
    }

    /// <summary>The picture as a PNG file.</summary>
    public byte[] ToPng() => Png.Rgb(_pixels, Width, Height);

    static void RequireTiles(IReadOnlyList<Picture> tiles, Func<Picture, int> side)
    {
        ArgumentNullException.ThrowIfNull(tiles);
        if (tiles.Count == 0 || tiles.Any(t => side(t) != side(tiles[0])))
            throw new ArgumentException("At least one tile is needed, and all tiles must be of one size across the strip.", nameof(tiles));
    }

    int At(int x, int y)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)x, (uint)Width, nameof(x));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)y, (uint)Height, nameof(y));
        return (y * Width + x) * 3;
    }
}
