using TinyJepa.Samples.DvdLogo;

namespace TinyJepa.Tests.Samples;

public sealed class NumPyRandomTests
{
    [Fact]
    public void NextUInt32_GivesTheReferenceOutputs_ForSeedZero()
    {
        var random = new NumPyRandom(0);

        Assert.Equal([2357136044u, 2546248239u, 3071714933u], [random.NextUInt32(), random.NextUInt32(), random.NextUInt32()]);
    }

    /// <summary>The ten-thousandth output that the C++ standard prescribes for its mt19937 and the default seed.</summary>
    [Fact]
    public void NextUInt32_GivesTheStandardsTenThousandthOutput()
    {
        var random = new NumPyRandom(5489);
        for (var i = 1; i < 10_000; i++) random.NextUInt32();

        Assert.Equal(4123659995u, random.NextUInt32());
    }

    /// <summary>Expected values: NumPy 1.24, <c>RandomState(12345)</c>.</summary>
    [Fact]
    public void Draws_EqualNumPys_WhenMixed()
    {
        var random = new NumPyRandom(12345);

        Assert.Equal(0.9296160928171479, random.NextDouble());
        Assert.Equal(0.3163755545817859, random.NextDouble());
        Assert.Equal(0.18391881167709445, random.NextDouble());
        Assert.Equal(-0.5680780501287219, random.Uniform(-2, 5));
        var signs = new int[8];
        for (var i = 0; i < signs.Length; i++) signs[i] = random.Sign();
        Assert.Equal([1, -1, 1, 1, -1, 1, 1, -1], signs);
        Assert.Equal(0.7489066375339118, random.NextDouble());
    }
}
