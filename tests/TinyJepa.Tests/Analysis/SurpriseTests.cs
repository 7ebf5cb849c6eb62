using TinyJepa.Analysis;

namespace TinyJepa.Tests.Analysis;

public sealed class SurpriseTests
{
    [Theory]
    [InlineData(1000, 0.01, 10)]
    [InlineData(1000, 0.0105, 10)]
    [InlineData(100, 0.5, 50)]
    [InlineData(100, 0.01, 1)]
    [InlineData(42_000, 0.01 / 42, 10)]
    [InlineData(100, 0.29, 29)]
    [InlineData(3, 0.9999999999999999, 2)]
    public void AsManyOrdinaryErrors_RaiseTheAlarm_AsTheRateAllows(int count, double rate, int alarms)
    {
        var errors = Enumerable.Range(0, count).Select(i => (double)(i * 7919L % count)).ToArray();
        var alarm = Surprise.Calibrate(errors, rate);
        Assert.Equal(alarms, errors.Count(alarm.IsAnomaly));
        Assert.Equal((count - 1) / 2.0, alarm.Baseline);
    }

    [Fact]
    public void Ties_NeverRaiseMoreAlarms_ThanTheRateAllows()
    {
        double[] errors = [1, 1, 1, 2, 2, 2, 2, 2, 2, 2];
        var alarm = Surprise.Calibrate(errors, 0.3);
        Assert.Equal(0, errors.Count(alarm.IsAnomaly));
        Assert.True(alarm.IsAnomaly(2.1));
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(1.0)]
    [InlineData(-0.1)]
    [InlineData(double.NaN)]
    public void ARate_LiesBetween0And1(double rate) => Assert.Throws<ArgumentOutOfRangeException>(() => Surprise.Calibrate([1, 2, 3], rate));

    [Fact]
    public void TooFewErrors_CannotTellTheRate()
    {
        var error = Assert.Throws<ArgumentException>(() => Surprise.Calibrate(Enumerable.Range(0, 99).Select(i => (double)i), 0.01));
        Assert.Contains("99 ordinary errors", error.Message, StringComparison.Ordinal);
        Assert.Contains("at least 100 are needed", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Surprise.Calibrate([], 0.5));
    }

    /// <summary>A diverged model gives NaN errors: these must be refused, not end in a threshold, an area or an endless loop.</summary>
    [Fact]
    public void ErrorsThatAreNoNumbers_AreRefused()
    {
        Assert.Throws<ArgumentException>(() => Surprise.Calibrate([1, double.NaN, 3], 0.5));
        Assert.Throws<ArgumentException>(() => Surprise.Auroc([1, double.NaN], [0, 2]));
        Assert.Throws<ArgumentException>(() => Surprise.Auroc([1], [double.NaN]));
        Assert.Equal(1, Surprise.Auroc([double.PositiveInfinity], [double.NegativeInfinity, 0]));
    }

    [Fact]
    public void Auroc_IsTheShareOfPairsInOrder_TiesCountingHalf()
    {
        var rng = new Rng(1);
        for (var round = 0; round < 200; round++)
        {
            // Few values make many ties.
            var values = 1 + rng.NextInt(20);
            double[] Errors(int count) => [.. Enumerable.Range(0, count).Select(_ => (double)rng.NextInt(values))];
            double[] anomalous = Errors(1 + rng.NextInt(15)), ordinary = Errors(1 + rng.NextInt(25));
            var pairs = anomalous.SelectMany(a => ordinary.Select(b => a > b ? 1.0 : a == b ? 0.5 : 0)).Average();
            Assert.Equal(pairs, Surprise.Auroc(anomalous, ordinary), 1e-12);
        }
    }

    [Fact]
    public void Auroc_IsOneHalf_WithoutADifference()
    {
        Assert.Equal(1, Surprise.Auroc([5, 6], [1, 2, 3]));
        Assert.Equal(0, Surprise.Auroc([0], [1, 2, 3]));
        Assert.Equal(0.5, Surprise.Auroc([2, 2], [2, 2, 2]));
    }

    [Fact]
    public void Auroc_NeedsBothKinds()
    {
        Assert.Throws<ArgumentException>(() => Surprise.Auroc([], [1]));
        Assert.Throws<ArgumentException>(() => Surprise.Auroc([1], []));
    }
}
