using TinyJepa.Kernels;

namespace TinyJepa.Tests;

/// <summary>Elementwise kernels against one float operation after the other, bit for bit, at lengths around packs and chunks.</summary>
public sealed unsafe class ElementwiseTests
{
    internal static readonly int[] Sizes = [0, 1, 15, 16, 17, 63, 64, 65, 1000, 8191, 8193, 20_000];

    public static TheoryData<int> Lengths => [.. Sizes];

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Map_AppliesTheFormula(int n)
    {
        var (x, y) = (Block.Random(n, 1), new Block(n));
        Cores.Run(new Elementwise.Map<Tilt>(new Tilt(3f), x.Pointer, y.Pointer, n), Elementwise.Chunks(n));
        Expect.Bits(Each(n, i => Tilt.Of(3f, x.Span[i])), y.Result(), "y");
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void MapBackward_WritesOrAdds(int n)
    {
        var (x, y, dy) = (Block.Random(n, 1), Block.Random(n, 2), Block.Random(n, 3));
        foreach (var accumulate in (bool[])[false, true])
        {
            var dx = Block.Random(n, 4);
            var before = dx.Copy();
            Cores.Run(new Elementwise.MapBackward<Tilt>(new Tilt(3f), x.Pointer, y.Pointer, dy.Pointer, dx.Pointer, accumulate, n), Elementwise.Chunks(n));
            Expect.Bits(Each(n, i => Add(dy.Span[i], Tilt.SlopeOf(3f, x.Span[i], y.Span[i]), before.Span[i], accumulate)), dx.Result(), $"dx, accumulate {accumulate}");
        }
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Zip_RepeatsTheRightOperand(int n)
    {
        foreach (var period in Periods(n))
        {
            var (a, b, y) = (Block.Random(n, 1), Block.Random(period, 2), new Block(n));
            Cores.Run(new Elementwise.Zip<Skew>(default, a.Pointer, b.Pointer, period, y.Pointer, n), Elementwise.Chunks(n));
            Expect.Bits(Each(n, i => a.Span[i] * a.Span[i] - b.Span[i % period]), y.Result(), $"y with period {period}");
        }
    }

    [Fact]
    public void Tile_LaysARowOutInWholePacks()
    {
        foreach (var period in (int[])[1, 2, 3, 4, 7, 16, 19, 48, 257, 511])
        {
            var length = Elementwise.TileLength(period, 1_000_000);
            Assert.True(length >= 512 && length % 16 == 0 && length % period == 0, $"{period} is laid out to {length}");
            var (row, tile) = (Block.Random(period, 1), new Block(length));
            Elementwise.Tile(row.Pointer, period, tile.Pointer, length);
            Expect.Bits(Each(length, i => row.Span[i % period]), tile.Result(), $"a row of {period}");
        }

        foreach (var (period, n) in ((int, int)[])[(512, 1_000_000), (7, 7), (600, 1200)]) Assert.Equal(0, Elementwise.TileLength(period, n));
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void ZipBackward_WritesOrAdds_ForEitherOperand(int n)
    {
        foreach (var period in Periods(n))
        {
            var (a, b, y, dy) = (Block.Random(n, 1), Block.Random(period, 2), Block.Random(n, 3), Block.Random(n, 4));
            foreach (var (ofB, accumulate) in (ReadOnlySpan<(bool, bool)>)[(false, false), (false, true), (true, false), (true, true)])
            {
                var d = Block.Random(n, 5);
                var before = d.Copy();
                Cores.Run(new Elementwise.ZipBackward<Skew>(default, ofB, a.Pointer, b.Pointer, period, y.Pointer, dy.Pointer, d.Pointer, accumulate, n), Elementwise.Chunks(n));
                Expect.Bits(
                    Each(n, i => Add(dy.Span[i], ofB ? b.Span[i % period] * y.Span[i] : a.Span[i] - b.Span[i % period], before.Span[i], accumulate)),
                    d.Result(), $"d of {(ofB ? "b" : "a")} with period {period}, accumulate {accumulate}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Add_WritesOrAdds_Scaled(int n)
    {
        var x = Block.Random(n, 1);
        foreach (var accumulate in (bool[])[false, true])
        {
            var y = Block.Random(n, 2);
            var before = y.Copy();
            Cores.Run(new Elementwise.Add(x.Pointer, -0.3f, y.Pointer, accumulate, n), Elementwise.Chunks(n));
            Expect.Bits(Each(n, i => Add(-0.3f, x.Span[i], before.Span[i], accumulate)), y.Result(), $"y, accumulate {accumulate}");
        }
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Lerp_MovesTowardsX(int n)
    {
        var (x, y) = (Block.Random(n, 1), Block.Random(n, 2));
        var before = y.Copy();
        Cores.Run(new Elementwise.Lerp(x.Pointer, 0.01f, y.Pointer, n), Elementwise.Chunks(n));
        Expect.Bits(Each(n, i => MathF.FusedMultiplyAdd(0.01f, x.Span[i] - before.Span[i], before.Span[i])), y.Result(), "y");
    }

    static int[] Periods(int n) => n == 0 ? [] : [.. ((int[])[1, 3, 16, 19, 257, n]).Where(p => p <= n).Distinct()];

    static float Add(float a, float b, float before, bool accumulate) => accumulate ? MathF.FusedMultiplyAdd(a, b, before) : a * b;

    static float[] Each(int n, Func<int, float> f) => [.. Enumerable.Range(0, n).Select(f)];

    /// <summary>c·x² + x with slope x·y − c: nothing that a mix-up of x, y and the constant leaves unnoticed.</summary>
    readonly struct Tilt(float c) : IUnary
    {
        public V Value<V>(V x) where V : struct, IFloats<V> => V.Broadcast(c) * x * x + x;

        public V Slope<V>(V x, V y) where V : struct, IFloats<V> => x * y - V.Broadcast(c);

        internal static float Of(float c, float x) => c * x * x + x;

        internal static float SlopeOf(float c, float x, float y) => x * y - c;
    }

    /// <summary>a² − b with slopes a − b and b·y, which no two arguments share.</summary>
    readonly struct Skew : IBinary
    {
        public V Value<V>(V a, V b) where V : struct, IFloats<V> => a * a - b;

        public V SlopeA<V>(V a, V b, V y) where V : struct, IFloats<V> => a - b;

        public V SlopeB<V>(V a, V b, V y) where V : struct, IFloats<V> => b * y;
    }
}
