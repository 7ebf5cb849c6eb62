using TinyJepa.Kernels;

namespace TinyJepa.Tests;

public sealed class RngTests
{
    /// <summary>The known answers of the Random123 distribution (kat_vectors, philox4x32, 10 rounds).</summary>
    [Theory]
    [InlineData(0UL, 0UL, 0UL, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [InlineData(ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [InlineData(0x299f31d0a4093822UL, 0x85a308d3243f6a88UL, 0x0370734413198a2eUL, 0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u)]
    public void Philox_GivesTheKnownAnswers(ulong key, ulong low, ulong high, uint a, uint b, uint c, uint d)
    {
        Philox.Block(key, low, high, out var r0, out var r1, out var r2, out var r3);
        Assert.Equal((a, b, c, d), (r0, r1, r2, r3));
    }

    /// <summary>What a seed gives is a promise to every checkpoint and paper: these numbers never change.</summary>
    [Fact]
    public void Numbers_AreTheSameForEver()
    {
        var rng = new Rng(42);
        Assert.Equal(Pinned.Bits, (rng.NextBits(), rng.NextBits(), rng["encoder.weight"].NextBits(), rng[7].NextBits()));
        var values = new float[3];
        rng["noise"].FillNormal(values);
        Assert.Equal(Pinned.Normal, Array.ConvertAll(values, BitConverter.SingleToInt32Bits));
    }

    [Fact]
    public void Uniform_IsUniform()
    {
        var rng = new Rng(1)["uniform"];
        var counts = new int[64];
        var (sum, squares) = (0.0, 0.0);
        const int n = 640_000;
        for (var i = 0; i < n; i++)
        {
            var u = rng.NextFloat();
            if (u is not (>= 0f and < 1f)) Assert.Fail($"{u} is not in [0, 1).");
            counts[(int)(u * 64)]++;
            (sum, squares) = (sum + u, squares + (double)u * u);
        }

        AssertChiSquare(counts);
        Assert.Equal(0.5, sum / n, 5 * Math.Sqrt(1 / 12.0 / n));
        Assert.Equal(1 / 3.0, squares / n, 5 * Math.Sqrt(4 / 45.0 / n));
    }

    [Fact]
    public void FillUniform_NeverReachesTheEnd()
    {
        var values = new float[10_000];
        new Rng(2).FillUniform(values, 1f, 1f + 8 * MathF.BitIncrement(1f) - 8f);       // eight floats: rounding would reach the ninth
        Assert.Equal(1f + 7 * (MathF.BitIncrement(1f) - 1f), values.Max());
        new Rng(2).FillUniform(values, -3f, 5f);
        Assert.Equal(1.0, values.Average(v => (double)v), 5 * Math.Sqrt(64 / 12.0 / values.Length));
        new Rng(2).FillUniform(values, 2f, 2f);
        Assert.Equal((2f, 2f), (values.Min(), values.Max()));
    }

    [Fact]
    public void NextDouble_IsUniform()
    {
        var rng = new Rng(3);
        var counts = new int[32];
        for (var i = 0; i < 100_000; i++) counts[(int)(rng.NextDouble() * 32)]++;
        AssertChiSquare(counts);
    }

    [Fact]
    public void Normal_IsNormal()
    {
        const int n = 400_000;
        var values = new float[n];
        new Rng(4).FillNormal(values);
        double[] moments = [.. Enumerable.Range(1, 4).Select(power => values.Average(v => Math.Pow(v, power)))];
        Assert.Equal(0, moments[0], 5 / Math.Sqrt(n));
        Assert.Equal(1, moments[1], 5 * Math.Sqrt(2.0 / n));
        Assert.Equal(0, moments[2], 5 * Math.Sqrt(15.0 / n));
        Assert.Equal(3, moments[3], 5 * Math.Sqrt(96.0 / n));

        // 32 equally likely ranges; neighbours (the two of a pair lie 16 apart) are independent.
        var counts = new int[32];
        foreach (var v in values) counts[Math.Min(31, (int)(16 * (1 + Oracle.Erf(v / Math.Sqrt(2)))))]++;
        AssertChiSquare(counts);
        foreach (var lag in (int[])[1, 16, 32])
            Assert.Equal(0, Enumerable.Range(0, n - lag).Average(i => (double)values[i] * values[i + lag]), 5 / Math.Sqrt(n));
        Assert.InRange(values.Max(), 4f, 6f);
    }

    [Fact]
    public void Normal_HasMeanAndStd()
    {
        var values = new float[100_000];
        new Rng(4).FillNormal(values, -2f, 0.5f);
        Assert.Equal(-2, values.Average(v => (double)v), 5 * 0.5 / Math.Sqrt(values.Length));
        Assert.Equal(0.25, values.Average(v => (v + 2.0) * (v + 2.0)), 5 * 0.25 * Math.Sqrt(2.0 / values.Length));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(60)]
    public void NextInt_IsEquallyLikely(int end)
    {
        var rng = new Rng(5);
        var counts = new int[end];
        for (var i = 0; i < 120_000; i++) counts[rng.NextInt(end)]++;
        AssertChiSquare(counts);
    }

    /// <summary>Where 2³² is no multiple of the end, scaling alone would prefer some numbers by a half: rejection mends it.</summary>
    [Fact]
    public void NextInt_IsEquallyLikely_ForLargeEnds()
    {
        var rng = new Rng(6);
        var counts = new int[3];
        const int end = 3 << 29;
        for (var i = 0; i < 120_000; i++) counts[rng.NextInt(end) % 3]++;
        AssertChiSquare(counts);
        Assert.Throws<ArgumentOutOfRangeException>(() => rng.NextInt(0));
    }

    [Fact]
    public void Shuffle_GivesEveryOrderEquallyOften()
    {
        var rng = new Rng(7);
        var counts = new Dictionary<string, int>();
        for (var i = 0; i < 48_000; i++)
        {
            char[] items = ['a', 'b', 'c', 'd'];
            rng.Shuffle<char>(items);
            counts[new string(items)] = counts.GetValueOrDefault(new string(items)) + 1;
        }

        Assert.Equal(24, counts.Count);
        AssertChiSquare([.. counts.Values]);
    }

    [Fact]
    public void SubStreams_Differ_AndDoNotDependOnThePosition()
    {
        var (fresh, used) = (new Rng(8), new Rng(8));
        for (var i = 0; i < 7; i++) used.NextBits();

        Assert.Equal(First(fresh["a"]), First(used["a"]));
        Assert.Equal(First(fresh[3]), First(used[3]));
        Assert.Equal(First(fresh["a"]["b"]), First(used["a"]["b"]));
        Assert.Equal(7, used.Position);                                               // and leave the position alone

        var streams = Enumerable.Range(-500, 1000).Select(i => fresh[i]).Concat([fresh, new Rng(9), fresh["a"], fresh["b"], fresh["a"]["b"], fresh["b"]["a"], fresh["ab"], fresh[""], fresh["a"][0]]).ToArray();
        Assert.Equal(streams.Length, streams.Select(stream => string.Join(' ', First(stream))).Distinct().Count());
    }

    /// <summary>Streams of neighbouring numbers are as unlike as any: their bits agree in half of all places.</summary>
    [Fact]
    public void SubStreams_AreIndependent()
    {
        var rng = new Rng(10);
        var agreeing = 0L;
        for (var i = 0; i < 10_000; i++) agreeing += System.Numerics.BitOperations.PopCount(~(rng[i].NextBits() ^ rng[i + 1].NextBits()));
        Assert.Equal(0.5, agreeing / 320_000.0, 5 * 0.5 / Math.Sqrt(320_000));
    }

    [Fact]
    public void Position_CountsAndJumps()
    {
        var rng = new Rng(11);
        Assert.Equal(0, rng.Position);
        uint[] numbers = [.. Enumerable.Range(0, 23).Select(_ => rng.NextBits())];
        Assert.Equal(23, rng.Position);
        for (var at = 22; at >= 0; at--)
        {
            rng.Position = at;
            Assert.Equal(at, rng.Position);
            Assert.Equal(numbers[at], rng.NextBits());
            Assert.Equal(at + 1, rng.Position);
        }

        rng.Position = 1L << 40;
        var far = rng.NextBits();
        rng.Position = (1L << 40) - 1;
        rng.NextBits();
        Assert.Equal(far, rng.NextBits());
        Assert.Throws<ArgumentOutOfRangeException>(() => rng.Position = -1);
    }

    /// <summary>Filling makes eight counters at a time, from any place of the stream: the numbers are those of drawing one by one.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(6)]
    [InlineData(1023)]
    [InlineData((1L << 34) - 21)]                                                     // the counter's lower half is full there
    [InlineData((1L << 34) - 4 * 3)]
    public void Filling_GivesTheNumbersOfDrawing(long position)
    {
        foreach (var length in (int[])[0, 1, 5, 16, 31, 32, 33, 100, 1024, 1061, 8192, 20_001])
        {
            Rng filled = new(12) { Position = position }, drawn = new(12) { Position = position };
            var values = new float[length];
            filled.FillUniform(values, -2f, 3f);
            Expect.Bits([.. values.Select(_ => Math.Min(-2f + 5f * drawn.NextFloat(), MathF.BitDecrement(3f)))], values, $"{length} uniform numbers from {position}");
            Assert.Equal(drawn.Position, filled.Position);

            filled.FillNormal(values, 3f, 0.5f);
            Expect.Bits(Normal(drawn, length, 3f, 0.5f), values, $"{length} normal numbers from {position}");
            Assert.Equal(drawn.Position, filled.Position);
            Assert.Equal(drawn.NextBits(), filled.NextBits());
        }
    }

    [Fact]
    public void FillNormal_OfANumber_IsThatOfItsSubStream()
    {
        using var scope = Scope.Begin();
        var (direct, stream) = (Tensor.Empty([77]), new float[77]);
        new Rng(13).FillNormal(5, direct);
        new Rng(13)[5].FillNormal(stream);
        Expect.Bits(stream, direct.ToArray(), "values");
    }

    /// <summary>Box and Muller's formula over numbers drawn one by one, in groups of 16 radii and 16 angles.</summary>
    static unsafe float[] Normal(Rng rng, int length, float mean, float std)
    {
        var values = new List<float>();
        var (u, v) = (new float[16], new float[16]);
        while (values.Count < length)
        {
            foreach (var half in (float[][])[u, v])
                for (var i = 0; i < 16; i++) half[i] = rng.NextFloat();
            fixed (float* pu = u, pv = v)
            {
                var log = Functions.Log(LanesScalar.Broadcast(1f) - LanesScalar.Load(pu));
                Functions.SinCos(LanesScalar.Load(pv) * LanesScalar.Broadcast(6.28318531f), out var sin, out var cos);
                LanesScalar radius = LanesScalar.Sqrt(log * LanesScalar.Broadcast(-2f)) * LanesScalar.Broadcast(std), middle = LanesScalar.Broadcast(mean);
                LanesScalar.Store(LanesScalar.Fma(radius, cos, middle), pu);
                LanesScalar.Store(LanesScalar.Fma(radius, sin, middle), pv);
            }

            values.AddRange([.. u, .. v]);
        }

        return [.. values.Take(length)];
    }

    static uint[] First(Rng rng) => [rng.NextBits(), rng.NextBits()];

    /// <summary>Equal expectations: the statistic has mean k − 1 and standard deviation √(2(k − 1)); five of them plus a margin for its skew.</summary>
    static void AssertChiSquare(int[] counts)
    {
        var expected = counts.Average();
        var (statistic, freedom) = (counts.Sum(count => (count - expected) * (count - expected) / expected), counts.Length - 1);
        Assert.InRange(statistic, 0, freedom + 5 * Math.Sqrt(2 * freedom) + 10);
    }

    static class Pinned
    {
        internal static readonly (uint, uint, uint, uint) Bits = (2715264132, 1124512371, 3202959934, 3633910085);
        internal static readonly int[] Normal = [-1101386397, -1115433359, -1091898818];
    }
}
