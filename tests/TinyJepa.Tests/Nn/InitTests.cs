using TinyJepa.Nn;

namespace TinyJepa.Tests.Nn;

/// <summary>Initial values have PyTorch's distributions: bounds, mean and variance, within what so many draws allow.</summary>
public sealed class InitTests
{
    const int Inputs = 300, Outputs = 400;

    /// <summary>Five standard errors: one false alarm in a million seeds, and the seed is fixed.</summary>
    const double Errors = 5;

    [Fact]
    public void Linear_IsUniform_WithinOneOverTheRootOfItsInputs()
    {
        var p = new Parameters(seed: 1);
        _ = new Linear(p["layer"], Inputs, Outputs);
        AssertUniform(p.Entry("layer.weight").Value, 1 / Math.Sqrt(Inputs));
        AssertUniform(p.Entry("layer.bias").Value, 1 / Math.Sqrt(Inputs));
    }

    [Fact]
    public void Glorot_IsUniform() => AssertUniform(Of(Init.Glorot(Inputs, Outputs)), Math.Sqrt(6.0 / (Inputs + Outputs)));

    [Fact]
    public void Uniform_FillsItsBounds()
    {
        var values = Of(Init.Uniform(0.3f)).ToArray();
        AssertUniform(Of(Init.Uniform(0.3f)), 0.3);
        Assert.InRange(values.Max(), 0.2999, 0.3);
        Assert.InRange(values.Min(), -0.3, -0.2999);
    }

    [Fact]
    public void Normal_HasItsMoments()
    {
        var values = Of(Init.Normal(0.02f)).ToArray();
        AssertMoments(values, variance: 0.02 * 0.02, fourth: 3 * Math.Pow(0.02, 4));
        // Of a normal distribution 4.55 % lie outside two standard deviations.
        var outside = values.Count(v => Math.Abs(v) > 0.04) / (double)values.Length;
        Assert.Equal(0.0455, outside, Errors * Math.Sqrt(0.0455 * 0.9545 / values.Length));
    }

    [Fact]
    public void TruncatedNormal_StaysWithinTwo_AbsolutelyAsInPyTorch()
    {
        // Cut at two standard deviations: variance 1 − 4·φ(2)/(2Φ(2) − 1) = 0.77374.
        var values = Of(Init.TruncatedNormal(1f)).ToArray();
        Assert.All(values, value => Assert.InRange(value, -2f, 2f));
        AssertMoments(values, variance: 0.773741, fourth: 1.42);
        AssertMoments(Of(Init.TruncatedNormal(0.02f)).ToArray(), variance: 0.02 * 0.02, fourth: 3 * Math.Pow(0.02, 4));
    }

    [Fact]
    public void LayerNorm_StartsAsTheIdentity()
    {
        var p = new Parameters();
        _ = new LayerNorm(p, 5);
        Assert.Equal([1f, 1f, 1f, 1f, 1f], p.Entry("weight").Value.ToArray());
        Assert.Equal([0f, 0f, 0f, 0f, 0f], p.Entry("bias").Value.ToArray());
    }

    static Tensor Of(Initializer init) => new Parameters(seed: 2).Create("x", [Outputs, Inputs], init);

    static void AssertUniform(Tensor x, double bound)
    {
        var values = x.ToArray();
        Assert.All(values, value => Assert.InRange(value, -bound * (1 + 1e-6), bound * (1 + 1e-6)));
        AssertMoments(values, variance: bound * bound / 3, fourth: Math.Pow(bound, 4) / 5);
    }

    static void AssertMoments(float[] values, double variance, double fourth)
    {
        var mean = values.Average(value => (double)value);
        var spread = values.Average(value => (double)value * value);
        Assert.Equal(0, mean, Errors * Math.Sqrt(variance / values.Length));
        Assert.Equal(variance, spread, Errors * Math.Sqrt((fourth - variance * variance) / values.Length));
    }

    [Fact]
    public void Mlp_TakesAStartForItsWeights_AndZeroesItsBiasesThen()
    {
        var p = new Parameters(seed: 1);
        _ = new Mlp(p["net"], [40, 30, 20], init: Init.Glorot);
        foreach (var (layer, inputs, outputs) in new[] { ("0", 40, 30), ("2", 30, 20) })
        {
            var bound = MathF.Sqrt(6f / (inputs + outputs));
            var weights = p.Entry($"net.{layer}.weight").Value.ToArray();
            Assert.InRange(weights.Max(), 0.95f * bound, bound);
            Assert.InRange(weights.Min(), -bound, -0.95f * bound);
            Assert.All(p.Entry($"net.{layer}.bias").Value.ToArray(), bias => Assert.Equal(0, bias));
        }
    }

    [Fact]
    public void Linear_TakesAnotherStartForItsBiasAlone()
    {
        var p = new Parameters(seed: 1);
        _ = new Linear(p["both"], 4, 5, init: Init.One);
        _ = new Linear(p["bias"], 4, 5, biasInit: Init.One);
        Assert.All(p.Entry("both.bias").Value.ToArray(), bias => Assert.Equal(1, bias));
        Assert.All(p.Entry("bias.bias").Value.ToArray(), bias => Assert.Equal(1, bias));
        Assert.All(p.Entry("bias.weight").Value.ToArray(), weight => Assert.InRange(weight, -0.5f, 0.5f));
    }
}
