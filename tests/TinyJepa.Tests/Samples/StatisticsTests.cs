using TinyJepa.Samples;

namespace TinyJepa.Tests.Samples;

public sealed class StatisticsTests
{
    [Theory]
    [InlineData(10, 20, 0.2992980, 0.7007020)]
    [InlineData(0, 10, 0.0, 0.2775328)]
    [InlineData(95, 100, 0.8882495, 0.9784563)]
    [InlineData(1, 1, 0.2065493, 1.0)]
    public void Wilson_GivesTheKnownInterval(int successes, int trials, double low, double high)
    {
        var interval = Statistics.Wilson(successes, trials);

        Assert.Equal((double)successes / trials, interval.Value, 15);
        Assert.Equal(low, interval.Low, 1e-6);
        Assert.Equal(high, interval.High, 1e-6);
        Assert.InRange(interval.Low, 0, 1);
        Assert.InRange(interval.High, 0, 1);
    }

    /// <summary>The bounds are the two rates at which the observed one lies exactly 1.96 standard errors away: the definition of the score interval.</summary>
    [Fact]
    public void Wilson_SolvesItsDefinition()
    {
        for (var k = 1; k < 30; k++)
        {
            var interval = Statistics.Wilson(k, 30);
            foreach (var p in (double[])[interval.Low, interval.High])
                Assert.Equal(1.959963984540054, Math.Abs(k / 30.0 - p) / Math.Sqrt(p * (1 - p) / 30), 1e-9);
        }
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(-1, 5)]
    [InlineData(6, 5)]
    public void Wilson_Throws_WhenCountsAreImpossible(int successes, int trials) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Statistics.Wilson(successes, trials));

    [Fact]
    public void MeanInterval_IsTheMeanAndItsStandardErrors()
    {
        double[] values = [2, 4, 4, 4, 5, 5, 7, 9];
        var interval = Statistics.MeanInterval(values);

        Assert.Equal(5, interval.Value, 15);
        Assert.Equal(Math.Sqrt(32.0 / 7), Statistics.Std(values), 1e-12);
        Assert.Equal(1.7874884, interval.High - interval.Value, 1e-6);         // t(7) = 2.3646243
        Assert.Equal(interval.High - interval.Value, interval.Value - interval.Low, 1e-12);
        Assert.True(double.IsNaN(Statistics.MeanInterval([1.0]).Low));
    }

    [Fact]
    public void Median_IsTheMiddle_AndLeavesTheOrder()
    {
        double[] values = [9, 1, 4, 16];

        Assert.Equal(6.5, Statistics.Median(values));
        Assert.Equal([9, 1, 4, 16], values);
        Assert.Equal(4, Statistics.Median([16, 1, 4]));
        Assert.Equal(7, Statistics.Median([7]));
        Assert.True(double.IsNaN(Statistics.Median([])));
    }

    [Theory]
    [InlineData(0.000505, "0.000505")]
    [InlineData(0.7331, "0.733")]
    [InlineData(0.9999, "1")]
    [InlineData(88.44, "88.4")]
    [InlineData(24800, "24800")]
    [InlineData(425440, "425440")]
    [InlineData(-0.25, "−0.25")]
    [InlineData(1.234e-7, "1.23e-7")]
    [InlineData(2.5e9, "2.5e9")]
    [InlineData(0, "0")]
    [InlineData(-0.0, "0")]
    [InlineData(double.NaN, "–")]
    public void Short_KeepsThreeDigits(double value, string expected) => Assert.Equal(expected, Numbers.Short(value));

    [Fact]
    public void Percent_ReadsWell() => Assert.Equal("87.5 %", Numbers.Percent(0.875));
}
