using TinyJepa.Kernels;

namespace TinyJepa.Tests;

/// <summary>Sums and moments against float64. A sum of n elements in chains of c may be off by c rounding units of Σ|x|.</summary>
public sealed unsafe class ReduceTests
{
    public static TheoryData<int> Lengths => [.. ElementwiseTests.Sizes];

    [Theory]
    [MemberData(nameof(Lengths))]
    public void SumRows_SumsEveryRow(int width)
    {
        foreach (var rows in (int[])[1, 3, 37])
            foreach (var accumulate in (bool[])[false, true])
            {
                var (x, y) = (Block.Random(rows * width, 1), Block.Random(rows, 2));
                var before = y.Copy();
                Cores.Run(new Reduce.SumRows(x.Pointer, y.Pointer, 0.5f, accumulate, rows, width), Reduce.RowChunks(rows, width));
                var lines = Lines(x, rows, width, 1);
                Expect.Near([.. lines.Select((line, r) => line.Sum() / 2 + (accumulate ? before.Span[r] : 0))], y.Result(),
                    r => Expect.Unit * (width / 64 + 12) * (lines[r].Sum(Math.Abs) + 2), $"{rows} rows of {width}, accumulate {accumulate}");
            }
    }

    [Fact]
    public void SumBlocks_AndSumRows_SumOneLongRow()
    {
        foreach (var n in (int[])[1, Reduce.Block - 1, Reduce.Block, Reduce.Block + 1, 5 * Reduce.Block + 17])
        {
            var (x, partial, y) = (Block.Random(n, 1), new Block(Reduce.Blocks(n)), new Block(1));
            Cores.Run(new Reduce.SumBlocks(x.Pointer, partial.Pointer, n), Reduce.Blocks(n));
            Cores.Run(new Reduce.SumRows(partial.Pointer, y.Pointer, 1f, false, 1, Reduce.Blocks(n)), 1);
            partial.Result();
            Expect.Near([Doubles(x).Sum()], y.Result(), _ => Expect.Unit * (Math.Min(n, Reduce.Block) / 64 + 12) * Doubles(x).Sum(Math.Abs), $"{n} elements");
        }
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void SumColumns_SumsDownTheAxis(int inner)
    {
        foreach (var (outer, axis) in (ReadOnlySpan<(int, int)>)[(1, 1), (3, 5), (1, 33), (2, 0)])
            foreach (var accumulate in (bool[])[false, true])
            {
                var (x, y) = (Block.Random(outer * axis * inner, 1), Block.Random(outer * inner, 2));
                var before = y.Copy();
                Cores.Run(new Reduce.SumColumns(x.Pointer, y.Pointer, 0.5f, accumulate, axis, inner), Reduce.ColumnChunks(outer, inner));
                var lines = Lines(x, outer, axis, inner);
                Expect.Near([.. lines.Select((line, r) => line.Sum() / 2 + (accumulate ? before.Span[r] : 0))], y.Result(),
                    r => Expect.Unit * (axis + 2) * (lines[r].Sum(Math.Abs) + 2), $"[{outer}, {axis}, {inner}], accumulate {accumulate}");
            }
    }

    /// <summary>Tall, narrow matrices: whole packs of rows, several blocks, a ragged end.</summary>
    [Fact]
    public void NarrowSum_SumsDownTheColumns()
    {
        foreach (var columns in (int[])[2, 3, 4, 16, 21, 63])
            foreach (var rows in (int[])[64, 1001, 20_003])
            {
                var (x, y) = (Block.Random(rows * columns, 1), Block.Random(columns, 2));
                var before = y.Copy();
                var sum = new NarrowSum(x.Pointer, rows, columns);
                var partial = new Block(sum.Floats);
                sum = sum with { Partial = partial.Pointer };
                Assert.True(NarrowSum.Serves(rows, columns));
                Cores.Run(sum, sum.Chunks);
                partial.Result();
                sum.Fold(y.Pointer, 0.5f, accumulate: true);
                var lines = Lines(x, 1, rows, columns);
                Expect.Near([.. lines.Select((line, r) => line.Sum() / 2 + before.Span[r])], y.Result(),
                    r => Expect.Unit * (rows * columns / sum.Floats + sum.Floats / columns + 3) * (lines[r].Sum(Math.Abs) + 2), $"{rows} rows of {columns}");
            }
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Broadcast_RepeatsAlongTheAxis(int inner)
    {
        foreach (var (outer, axis) in (ReadOnlySpan<(int, int)>)[(1, 1), (3, 5), (1, 33), (2, 0)])
            foreach (var accumulate in (bool[])[false, true])
            {
                var (x, y) = (Block.Random(outer * inner, 1), Block.Random(outer * axis * inner, 2));
                var before = y.Copy();
                Cores.Run(new Reduce.Broadcast(x.Pointer, y.Pointer, -0.3f, accumulate, outer, axis, inner), Elementwise.Chunks(outer * axis * inner));
                Expect.Bits([.. Enumerable.Range(0, outer * axis * inner).Select(i =>
                {
                    var source = x.Span[i / (axis * inner) * inner + i % inner];
                    if (!accumulate) return -0.3f * source;
                    return inner == 1 ? before.Span[i] + -0.3f * source : MathF.FusedMultiplyAdd(-0.3f, source, before.Span[i]);   // a range of one value is scaled once
                })], y.Result(), $"[{outer}, {axis}, {inner}], accumulate {accumulate}");
            }
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Variance_IsTheMeanSquareDistance_WhereRowsLieTogether(int axis)
    {
        if (axis > 0) AssertVariance(3, axis, 1);
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Variance_IsTheMeanSquareDistance_DownColumns(int axis)
    {
        if (axis is > 0 and < 10_000) AssertVariance(2, axis, 5);
    }

    static void AssertVariance(int outer, int axis, int inner)
    {
        var (x, mean, variance) = (Block.Random(outer * axis * inner, 1, 3f, 5f), new Block(outer * inner), new Block(outer * inner));
        if (inner == 1) Cores.Run(new Reduce.Variance(x.Pointer, mean.Pointer, variance.Pointer, axis + 0.5f, outer, axis), Reduce.VarianceChunks(outer));
        else ColumnMoments.Run(x.Pointer, outer, axis, inner, axis + 0.5f, mean.Pointer, variance.Pointer);
        var lines = Lines(x, outer, axis, inner);
        var chain = inner == 1 ? axis / 16 + 12 : axis + 4;
        Expect.Near([.. lines.Select(line => line.Average())], mean.Result(), _ => Expect.Unit * chain * 5, $"mean over {axis}");

        // The two-pass form feels an error of the mean in second order only.
        var error = Expect.Unit * chain * 5;
        Expect.Near([.. lines.Select(line => Oracle.Variance(line, false) * axis / (axis + 0.5))], variance.Result(),
            _ => Expect.Unit * (chain + 8) + error * error + 8 * Expect.Unit, $"variance over {axis}");
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void VarianceBackward_PullsAwayFromTheMean(int inner)
    {
        var (outer, axis) = (2, 7);
        foreach (var accumulate in (bool[])[false, true])
        {
            var (x, mean, dy, dx) = (Block.Random(outer * axis * inner, 1), Block.Random(outer * inner, 2), Block.Random(outer * inner, 3), Block.Random(outer * axis * inner, 4));
            var before = dx.Copy();
            Cores.Run(new Reduce.VarianceBackward(x.Pointer, mean.Pointer, dy.Pointer, dx.Pointer, 0.7f, accumulate, outer, axis, inner), Reduce.RowChunks(outer * axis, inner));
            Expect.Bits([.. Enumerable.Range(0, outer * axis * inner).Select(i =>
            {
                var result = i / (axis * inner) * inner + i % inner;
                var slope = 0.7f * (x.Span[i] - mean.Span[result]);
                return accumulate ? MathF.FusedMultiplyAdd(dy.Span[result], slope, before.Span[i]) : dy.Span[result] * slope;
            })], dx.Result(), $"[{outer}, {axis}, {inner}], accumulate {accumulate}");
        }
    }

    /// <summary>The lines along the middle axis of [outer, axis, inner], in the order of the results.</summary>
    static double[][] Lines(Block x, int outer, int axis, int inner)
    {
        var values = Doubles(x);
        return [.. Enumerable.Range(0, outer * inner).Select(r => Enumerable.Range(0, axis)
            .Select(i => values[(r / inner * axis + i) * inner + r % inner]).ToArray())];
    }

    static double[] Doubles(Block x) => Array.ConvertAll(x.Span.ToArray(), v => (double)v);
}
