using TinyJepa.Samples.DvdLogo;

namespace TinyJepa.Tests.Samples;

public sealed class LogoFrameTests
{
    [Fact]
    public void Render_PutsThePeakAtTheCentre_RowFirst()
    {
        var frame = new float[LogoFrame.Length];
        LogoFrame.Render(new Position(Y: 5, X: 12), frame);

        Assert.Equal(1f, frame[5 * 16 + 12]);
        Assert.Equal(1, frame.Count(p => p == 1f));
        Assert.Equal((float)Math.Exp(-1 / 4.5), frame[6 * 16 + 12]);
        Assert.Equal((float)Math.Exp(-(3 * 3 + 2 * 2) / 4.5), frame[8 * 16 + 10]);
    }

    /// <summary>Subnormal numbers would slow every kernel that reads the pixels.</summary>
    [Fact]
    public void Render_MakesNoSubnormal_AtTheFarthestCorner()
    {
        var frame = new float[LogoFrame.Length];
        LogoFrame.Render(new Position(1, 1), frame);

        Assert.Equal((float)Math.Exp(-(2 * 14 * 14) / 4.5), frame[^1]);
        Assert.True(float.IsNormal(frame[^1]));
    }

    [Fact]
    public void Render_Throws_WhenTheFrameIsTooShort() =>
        Assert.Throws<ArgumentException>(() => LogoFrame.Render(default, new float[255]));

    [Fact]
    public void Render_IsWithinOneUnitOfTheSystemsExp()
    {
        var frame = new float[LogoFrame.Length];
        var random = new NumPyRandom(1);
        for (var i = 0; i < 1000; i++)
        {
            var centre = new Position((float)random.Uniform(1, 14), (float)random.Uniform(1, 14));
            LogoFrame.Render(centre, frame);
            for (var p = 0; p < frame.Length; p++)
            {
                double dy = p / 16 - (double)centre.Y, dx = p % 16 - (double)centre.X;
                var expected = (float)Math.Exp(-(dy * dy + dx * dx) / 4.5);
                var units = BitConverter.SingleToInt32Bits(frame[p]) - BitConverter.SingleToInt32Bits(expected);
                Assert.True(Math.Abs(units) <= 1, $"{centre}, pixel {p}: expected {expected:R}, got {frame[p]:R}");
            }
        }
    }
}
