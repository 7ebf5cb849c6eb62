using MathNet.Numerics.Distributions;
using TinyJepa.Losses;
using TinyJepa.Tests.IO;
using Xunit.Abstractions;

namespace TinyJepa.Tests.Losses;

[Collection(Machine.Name)]
public sealed class SigRegTests(ITestOutputHelper output)
{
    /// <summary>Mean and standard deviation of the projections, and the statistic of one direction, not multiplied by the samples; computed from the characteristic functions.</summary>
    public static TheoryData<double, double, double, double> Distributions => new()
    {
        { 0, 0, 0.402048, 1.386349 },
        { 0, 0.5, 0.151191, 0.358374 },
        { 0, 0.9, 0.005144, 0.007711 },
        { 0, 1.5, 0.084245, 0.086598 },
        { 0, 2, 0.236091, 0.208322 },
        { 1, 1, 0.444343, 0.391987 },
    };

    [Fact]
    public void Weights_AreThePublishedOnes()
    {
        double[] published =
        [
            0.1875, 0.368466, 0.349538, 0.320129, 0.283065, 0.241646, 0.199161, 0.158475, 0.121745, 0.090296, 0.064658, 0.0447, 0.029835, 0.019225,
            0.011961, 0.007184, 0.002083,
        ];
        var weights = SigReg.Canonical(new Rng(1)).Weights.ToArray();
        Expect.Near(published, weights, _ => 5.1e-7, "weights");
        Assert.Equal(2.499666, weights.Sum(w => (double)w), 1e-6);

        double[] simpson = [.. Enumerable.Range(0, 17).Select(k => (k is 0 or 16 ? 1 : k % 2 == 1 ? 4 : 2) / 16.0)];
        Expect.Near(simpson, SigReg.Unwindowed(new Rng(1)).Weights, _ => 0, "Simpson's weights");
        Expect.Near([.. Enumerable.Range(0, 17).Select(k => Math.Exp(-0.1875 * 0.1875 * k * k / 2))], SigReg.Canonical(new Rng(1)).Targets, k => Expect.Unit, "targets");
    }

    [Theory]
    [MemberData(nameof(Distributions))]
    public void Statistic_HasItsAnalyticValue(double mean, double std, double canonical, double unwindowed)
    {
        // The middles of equally likely ranges: their characteristic function is the distribution's to 1e-6.
        const int n = 100_000;
        var z = new float[n];
        for (var b = 0; b < n; b++) z[b] = (float)(mean + std * Normal.InvCDF(0, 1, (b + 0.5) / n));
        foreach (var (reg, expected) in new[] { (SigReg.Canonical(new Rng(1)), canonical), (SigReg.Unwindowed(new Rng(1)), unwindowed) })
        {
            var exact = 0.0;
            for (var k = 0; k < 17; k++)
            {
                var t = 3.0 / 16 * k;
                var size = Math.Exp(-std * std * t * t / 2);
                exact += reg.Weights[k] * (Math.Pow(size * Math.Cos(mean * t) - Math.Exp(-t * t / 2), 2) + Math.Pow(size * Math.Sin(mean * t), 2));
            }

            Assert.Equal(expected, exact, 1e-6);
            using var scope = Scope.Begin();
            Assert.Equal(expected, Tensor.From(z, [n, 1]).EppsPulley(Tensor.Ones([1, 1]), 0.1875f, reg.Targets, reg.Weights).Item, 1e-5);
        }
    }

    [Fact]
    public void Collapse_CostsTheSameForEverySample()
    {
        using var scope = Scope.Begin();
        Assert.Equal(0.402048 * 128, SigReg.Canonical(new Rng(1)).Of(Tensor.Zeros([128, 8])).Item, 128e-6);
        Assert.Equal(0.402048 * 64, SigReg.Canonical(new Rng(1)).Of(Tensor.Zeros([3, 64, 8])).Item, 64e-6);
        Assert.Equal(1.386349, SigReg.Unwindowed(new Rng(1)).Of(Tensor.Zeros([128, 8])).Item, 1e-6);
    }

    /// <summary>E = Σ Wₖ(1 − φₖ²) for truly normal samples, whatever their number.</summary>
    [Theory]
    [InlineData(32)]
    [InlineData(128)]
    public void NormalSamples_CostTheFloor(int samples)
    {
        var reg = SigReg.Canonical(new Rng(2), directions: 64);
        var floor = 0.0;
        for (var k = 0; k < 17; k++) floor += reg.Weights[k] * (1 - (double)reg.Targets[k] * reg.Targets[k]);
        Assert.Equal(1.05246, floor, 1e-5);

        using var scope = Scope.Begin();
        var slices = Machine.IsSlow ? 40 : 400;
        var z = Tensor.Empty([slices, samples, 16]);
        new Rng(3).FillNormal(z.Span);
        // About 16 independent directions a slice, each with a standard deviation of about 1.
        Assert.Equal(floor, reg.Of(z).Item, 5 / Math.Sqrt(slices * 16.0));
    }

    [Theory]
    [InlineData("canonical")]
    [InlineData("unwindowed")]
    public void ValueAndGradient_MatchPyTorch(string name)
    {
        var reg = name == "canonical" ? SigReg.Canonical(new Rng(1)) : SigReg.Unwindowed(new Rng(1));
        using var tape = Tape.Begin();
        var z = tape.Watch(Fixture.SigReg.Tensor("z"));
        var y = z.EppsPulley(Fixture.SigReg.Tensor("directions"), 0.1875f, reg.Targets, reg.Weights, reg.ScaleBySamples ? 21f : 1f);
        tape.Backward(y);

        foreach (var (key, got) in new[] { ($"{name}/y", y), ($"{name}/dz", tape.Gradient(z)) })
        {
            var expected = Fixture.SigReg[key];
            output.WriteLine($"{key}: {Distance.Of(expected, got.ToArray()).Largest:E2} of {expected.Max(Math.Abs):E2} (torch {Distance.Of(expected, Fixture.SigReg[$"{key}.f32"]).Largest:E2})");
            Expect.Near(expected, got.ToArray(), _ => 3e-6 * expected.Max(Math.Abs), key);
        }
    }

    [Fact]
    public void Directions_AreThoseOfTheStep()
    {
        using var scope = Scope.Begin();
        var rng = new Rng(5)["directions"];
        var z = Tensor.Empty([2, 33, 7]);
        new Rng(6).FillNormal(z.Span);

        var reg = SigReg.Canonical(rng, directions: 20);
        float[] values = [reg.Of(z).Item, reg.Of(z).Item, reg.Of(z).Item];
        Assert.Equal(3, values.Distinct().Count());
        Assert.Equal(3, reg.Step);
        Assert.Equal(0, rng.Position);

        var resumed = SigReg.Canonical(new Rng(5)["directions"], directions: 20);
        resumed.Step = 2;
        Expect.Bits(values.AsSpan(2), [resumed.Of(z).Item], "the third call's value");

        var rows = new float[20 * 7];
        rng[1].FillNormal(rows);
        foreach (var row in rows.Chunk(7).Select((row, i) => (row, i)))
            for (var d = 0; d < 7; d++) rows[row.i * 7 + d] = (float)(row.row[d] / Math.Sqrt(row.row.Sum(v => (double)v * v)));
        Assert.Equal(values[1], z.EppsPulley(Tensor.From(rows, [20, 7]), 0.1875f, reg.Targets, reg.Weights, 33f).Item, 1e-5);
    }

    /// <summary>Each time is a batch of its own: the value is the mean of theirs, the gradient of one does not see the others.</summary>
    [Fact]
    public void Times_NeverMeet()
    {
        var whole = Run([3, 40, 5], 0, 3);
        var parts = Enumerable.Range(0, 3).Select(i => Run([40, 5], i, 1)).ToArray();
        Assert.Equal(parts.Average(part => (double)part.Value), whole.Value, 1e-6 * whole.Value);
        float[] expected = [.. parts.SelectMany(part => part.Gradient)];
        Expect.Near(Array.ConvertAll(expected, g => g / 3.0), whole.Gradient, _ => 1e-6 * expected.Max(Math.Abs), "gradient");

        static (float Value, float[] Gradient) Run(int[] shape, int first, int count)
        {
            var numbers = new float[3 * 40 * 5];
            new Rng(7).FillUniform(numbers, -2f, 2f);
            using var tape = Tape.Begin();
            var z = tape.Watch(Tensor.From(numbers.AsSpan(first * 200, count * 200), Shape.Create(shape)));
            var y = SigReg.Canonical(new Rng(8), directions: 50).Of(z);
            tape.Backward(y);
            return (y.Item, tape.Gradient(z).ToArray());
        }
    }

    [Theory]
    [InlineData(3, 70, 19, 150)]
    [InlineData(1, 300, 4, 21)]
    [InlineData(2, 5, 33, 600)]
    public void Bits_AreTheSame_AtEveryWidthAndOnAnyThreads(int time, int samples, int dim, int directions) => Machine.AssertSameBits("SIGReg", () =>
    {
        using var tape = Tape.Begin();
        var z = Tensor.Empty([time, samples, dim]);
        new Rng(9).FillNormal(z.Span);
        z = tape.Watch(z);
        var y = SigReg.Canonical(new Rng(10), directions).Of(z);
        tape.Backward(y);
        return [y.ToArray(), tape.Gradient(z).ToArray()];
    });

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Step_AllocatesNothing(int threads)
    {
        var bytes = Machine.With(512, threads, () =>
        {
            var numbers = new float[4 * 32 * 24];
            new Rng(11).FillNormal(numbers);
            var reg = SigReg.Canonical(new Rng(12), directions: 300);
            var least = long.MaxValue;
            for (var step = 0; step < 60 && least != 0; step++)
            {
                var before = GC.GetTotalAllocatedBytes(precise: true);
                using (var tape = Tape.Begin())
                {
                    var z = tape.Watch(Tensor.From(numbers, [4, 32, 24]));
                    tape.Backward(reg.Of(z) * 0.1f);
                }

                if (step >= 10) least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
            }

            return least;
        });
        Assert.Equal(0, bytes);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(1e9f)]                                                                 // an angle beyond the range of sine and cosine
    public void NumbersOutOfRange_GiveNaN(float outside)
    {
        using var tape = Tape.Begin();
        var numbers = new float[20 * 3];
        new Rng(13).FillNormal(numbers);
        numbers[30] = outside;
        var z = tape.Watch(Tensor.From(numbers, [20, 3]));
        var y = SigReg.Canonical(new Rng(14), directions: 5).Of(z);
        tape.Backward(y);
        Assert.Equal(float.NaN, y.Item);
        Assert.All(tape.Gradient(z).ToArray(), g => Assert.Equal(float.NaN, g));
    }

    [Theory]
    [InlineData(new[] { 8 })]
    [InlineData(new[] { 0, 8 })]
    [InlineData(new[] { 2, 3, 0 })]
    [InlineData(new[] { 2, 3, 4, 5 })]
    public void Of_NamesTheShape_WhenItIsNoBatch(int[] sizes)
    {
        using var scope = Scope.Begin();
        var z = Tensor.Ones(Shape.Create(sizes));
        var reg = SigReg.Canonical(new Rng(1));
        Assert.Contains(z.Shape.ToString(), Assert.Throws<ArgumentException>(() => reg.Of(z)).Message, StringComparison.Ordinal);
        Assert.Equal(0, reg.Step);
        Assert.Contains(z.Shape.ToString(), Assert.Throws<ArgumentException>(() => z.EppsPulley(Tensor.Ones([4, 8]), 0.1f, [1f, 0.5f], [1f, 1f])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void BadOptions_AreRefused()
    {
        Assert.Throws<ArgumentNullException>(() => new SigReg(null!));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SigReg(new Rng(1)) { Directions = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SigReg(new Rng(1)) { Knots = 1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SigReg(new Rng(1)) { Range = 0f });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SigReg(new Rng(1)) { Range = float.NaN });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SigReg(new Rng(1)).Step = -1);
        Assert.Contains("take 17", Assert.Throws<InvalidOperationException>(() => new SigReg(new Rng(1)) { Knots = 16, Quadrature = Quadrature.Simpson }.Weights.Length).Message, StringComparison.Ordinal);

        using var scope = Scope.Begin();
        var (z, a) = (Tensor.Ones([3, 2]), Tensor.Ones([4, 2]));
        Assert.Throws<ArgumentException>(() => z.EppsPulley(a, 0f, [1f, 0.5f], [1f, 1f]));
        Assert.Throws<ArgumentException>(() => z.EppsPulley(a, 0.1f, [1f], [1f]));
        Assert.Contains("2 targets and 3 weights", Assert.Throws<ArgumentException>(() => z.EppsPulley(a, 0.1f, [1f, 0.5f], [1f, 1f, 1f])).Message, StringComparison.Ordinal);
    }

    /// <summary>Any number of knots, also those that fill no group of four.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(8)]
    [InlineData(18)]
    [InlineData(65)]
    public void Knots_MayBeOfAnyNumber(int knots)
    {
        var reg = new SigReg(new Rng(15)) { Knots = knots, Range = 4f, ScaleBySamples = false };
        using var scope = Scope.Begin();
        var z = new float[50];
        new Rng(16).FillNormal(z, 0.3f, 1.2f);
        var expected = 0.0;
        for (var k = 0; k < knots; k++)
        {
            var t = 4.0 / (knots - 1) * k;
            var (re, im) = (z.Average(v => Math.Cos(t * v)), z.Average(v => Math.Sin(t * v)));
            expected += reg.Weights[k] * (Math.Pow(re - Math.Exp(-t * t / 2), 2) + im * im);
        }

        Assert.Equal(expected, Tensor.From(z, [50, 1]).EppsPulley(Tensor.Ones([1, 1]), 4f / (knots - 1), reg.Targets, reg.Weights).Item, 1e-5 * expected);
    }
}
