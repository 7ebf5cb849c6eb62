using TinyJepa.Samples;

namespace TinyJepa.Tests.Samples;

public sealed class PictureTests
{
    [Fact]
    public void Enlarge_MakesASquareOfEveryPixel_InTheTint()
    {
        var picture = Picture.Enlarge(new float[,] { { 0, 1, 0.5f }, { -3, 7, float.NaN } }, 2, new Rgb(255, 0, 100));

        Assert.Equal((6, 4), (picture.Width, picture.Height));
        Rgb[] expected = [Rgb.Black, new(255, 0, 100), new(128, 0, 50), Rgb.Black, new(255, 0, 100), Rgb.Black];
        for (var y = 0; y < 4; y++)
            for (var x = 0; x < 6; x++)
                Assert.Equal(expected[y / 2 * 3 + x / 2], picture.Pixels[y, x]);
    }

    [Fact]
    public void Row_And_Column_PlaceTilesWithGaps()
    {
        var (a, b) = (Picture.Enlarge(new float[,] { { 1 } }, 2, Rgb.White), Picture.Enlarge(new float[,] { { 1 } }, 2, new Rgb(9, 8, 7)));
        var row = Picture.Row([a, b], 1, new Rgb(1, 2, 3));
        var column = Picture.Column([row, row], 3, new Rgb(4, 5, 6));

        Assert.Equal((5, 2), (row.Width, row.Height));
        Assert.Equal([Rgb.White, Rgb.White, new(1, 2, 3), new(9, 8, 7), new(9, 8, 7)], Enumerable.Range(0, 5).Select(x => row.Pixels[1, x]));
        Assert.Equal((5, 7), (column.Width, column.Height));
        Assert.Equal([Rgb.White, Rgb.White, new(4, 5, 6), new(4, 5, 6), new(4, 5, 6), Rgb.White, Rgb.White], Enumerable.Range(0, 7).Select(y => column.Pixels[y, 0]));
    }

    [Fact]
    public void Row_Throws_WhenHeightsDiffer() =>
        Assert.Throws<ArgumentException>(() => Picture.Row([new Picture(1, 1), new Picture(1, 2)], 0, Rgb.Black));

    [Fact]
    public void Paste_Throws_WhenItDoesNotFit() => Assert.Throws<ArgumentOutOfRangeException>(() => new Picture(3, 3).Paste(new Picture(2, 2), 2, 0));

    [Fact]
    public void ColourMap_RunsFromDarkBlueToYellow()
    {
        Assert.Equal("#440154", ColourMap.At(0).ToString());
        Assert.Equal("#fde725", ColourMap.At(1).ToString());
        Assert.Equal(ColourMap.At(0), ColourMap.At(double.NaN));
        double previous = -1;
        for (var i = 0; i <= 100; i++)
        {
            var c = ColourMap.At(i / 100.0);
            var lightness = 0.2126 * c.R + 0.7152 * c.G + 0.0722 * c.B;
            Assert.True(lightness >= previous - 0.5, $"darker at {i} %: {lightness} after {previous}");
            previous = lightness;
        }
    }
}
