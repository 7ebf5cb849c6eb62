using TinyJepa.Analysis;

namespace TinyJepa.Tests.Analysis;

public sealed class CollapseTests
{
    [Fact]
    public void Deviations_AreUnbiased()
    {
        var z = Tensor.From([1f, 100, 5, 2, 200, 5, 4, 300, 5], [3, 3]);
        Expect.Near([Math.Sqrt(7 / 3.0), 100, 0], [.. Collapse.Std(z).Select(d => (float)d)], _ => 1e-5, "stds");
        Assert.Equal((Math.Sqrt(7 / 3.0) + 100) / 3, Collapse.MeanStd(z), 1e-9);
    }

    [Fact]
    public void Deviations_DoNotSuffer_FromALargeMean()
    {
        var z = Tensor.From([.. Enumerable.Range(0, 1000).Select(i => 1000f + (i % 2 == 0 ? 0.5f : -0.5f))], [1000, 1]);
        Assert.Equal(0.5 * Math.Sqrt(1000 / 999.0), Collapse.Std(z)[0], 1e-9);
    }

    /// <summary>k equal directions have rank k, whatever else is dead.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    public void EffectiveRank_CountsEqualDirections(int k)
    {
        const int dim = 5;
        var rows = new float[2 * k * dim];
        for (var i = 0; i < 2 * k; i++) rows[i * dim + i / 2] = i % 2 == 0 ? 3 : -3;
        Assert.Equal(k, Collapse.EffectiveRank(Tensor.From(rows, [2 * k, dim])), 1e-9);
    }

    /// <summary>Fractions 0.8 and 0.2: e^(−0.8·ln 0.8 − 0.2·ln 0.2).</summary>
    [Fact]
    public void EffectiveRank_IsTheExponentialOfTheEntropy() =>
        Assert.Equal(Math.Exp(-0.8 * Math.Log(0.8) - 0.2 * Math.Log(0.2)), Collapse.EffectiveRank(Tensor.From([2f, 0, -2, 0, 0, 1, 0, -1], [4, 2])), 1e-9);

    [Fact]
    public void ACollapsedEmbedding_HasNoSpread_AndARankOfOneAtMost()
    {
        var z = Tensor.Full([10, 4], 0.3f);
        Assert.Equal(0, Collapse.MeanStd(z), 1e-7);
        Assert.InRange(Collapse.EffectiveRank(z), 0, 1 + 1e-9);
    }

    [Fact]
    public void OneRow_HasNoStd() =>
        Assert.Contains("[1, 3]", Assert.Throws<ArgumentException>(() => Collapse.Std(Tensor.Ones([1, 3]))).Message, StringComparison.Ordinal);
}
