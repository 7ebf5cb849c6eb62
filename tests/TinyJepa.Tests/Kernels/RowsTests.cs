using TinyJepa.Kernels;

namespace TinyJepa.Tests;

/// <summary>Softmax and normalisation against float64, forwards and backwards.</summary>
public sealed unsafe class RowsTests
{
    public static TheoryData<int> Widths => [.. ElementwiseTests.Sizes.Where(width => width > 0)];

    [Theory]
    [MemberData(nameof(Widths))]
    public void Softmax_IsAShareOfOne(int width)
    {
        foreach (var rows in (int[])[1, 7])
        {
            var (x, y) = (Block.Random(rows * width, 1, -9f, 9f), new Block(rows * width));
            Cores.Run(new SoftmaxRows.Forward(x.Pointer, y.Pointer, rows, width), Reduce.RowChunks(rows, width));
            var expected = Each(x, width, Probabilities);
            Expect.Near(expected, y.Result(), i => Expect.Unit * (width / 16 + 40) * expected[i], $"{rows} rows of {width}");
        }
    }

    /// <summary>Only differences count: large values and infinities below the maximum are safe.</summary>
    [Fact]
    public void Softmax_IsSafe_ForLargeNumbers()
    {
        var (x, y) = (new Block([3e38f, 3e38f, -3e38f, float.NegativeInfinity]), new Block(4));
        Cores.Run(new SoftmaxRows.Forward(x.Pointer, y.Pointer, 1, 4), 1);
        Expect.Bits([0.5f, 0.5f, 0f, 0f], y.Result(), "softmax");
    }

    /// <summary>Wherever it stands, a NaN makes its whole row NaN, and no other.</summary>
    [Theory]
    [InlineData(3)]
    [InlineData(17)]
    [InlineData(90)]
    [InlineData(1000)]
    public void Softmax_OfNaN_IsNaN(int width)
    {
        const int rows = 5;
        for (var place = 0; place < width; place++)
        {
            var (x, y) = (Block.Random(rows * width, 1, -9f, 9f), new Block(rows * width));
            x.Span[2 * width + place] = float.NaN;
            Cores.Run(new SoftmaxRows.Forward(x.Pointer, y.Pointer, rows, width), Reduce.RowChunks(rows, width));
            var result = y.Result();
            for (var i = 0; i < result.Length; i++) Assert.True(float.IsNaN(result[i]) == (i / width == 2), $"NaN at {place}: {result[i]} at {i / width}, {i % width}");
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void SoftmaxBackward_WritesOrAdds(int width)
    {
        const int rows = 7;
        foreach (var accumulate in (bool[])[false, true])
        {
            var (y, dy, dx) = (Block.Random(rows * width, 1, 0f, 1f), Block.Random(rows * width, 2), Block.Random(rows * width, 3));
            var before = dx.Copy();
            Cores.Run(new SoftmaxRows.Backward(y.Pointer, dy.Pointer, dx.Pointer, accumulate, rows, width), Reduce.RowChunks(rows, width));
            var expected = new double[rows * width];
            var sizes = new double[rows];
            for (var row = 0; row < rows; row++)
            {
                var dot = 0.0;
                foreach (var i in Row(row, width)) (dot, sizes[row]) = (dot + (double)y.Span[i] * dy.Span[i], sizes[row] + Math.Abs((double)y.Span[i] * dy.Span[i]));
                foreach (var i in Row(row, width)) expected[i] = y.Span[i] * (dy.Span[i] - dot) + (accumulate ? before.Span[i] : 0);
            }

            Expect.Near(expected, dx.Result(), i => Expect.Unit * (width / 16 + 10) * (sizes[i / width] + 4), $"{width}, accumulate {accumulate}");
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Normalize_GivesMeanZeroAndVarianceOne(int width)
    {
        const float epsilon = 1e-3f;
        foreach (var rows in (int[])[1, 7])
        {
            var (x, y, rstd) = (Block.Random(rows * width, 1, 0f, 4f), new Block(rows * width), new Block(rows));
            Cores.Run(new NormalizeRows.Forward(x.Pointer, y.Pointer, rstd.Pointer, epsilon, rows, width), Reduce.RowChunks(rows, width));
            var reciprocals = Doubles(x).Chunk(width).Select(Reciprocal).ToArray();
            var expected = Each(x, width, line =>
            {
                var (mean, reciprocal) = (line.Average(), Reciprocal(line));
                return [.. line.Select(v => (v - mean) * reciprocal)];
            });
            var chain = width / 16 + 12;
            Expect.Near(reciprocals, rstd.Result(), r => Expect.Unit * chain * 2 * reciprocals[r], $"rstd of {width}");
            Expect.Near(expected, y.Result(), i => Expect.Unit * chain * (Math.Abs(expected[i]) + 4 * reciprocals[i / width]), $"{rows} rows of {width}");
        }

        static double Reciprocal(double[] line) => 1 / Math.Sqrt(Oracle.Variance(line, false) + epsilon);
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void NormalizeBackward_WritesOrAdds(int width)
    {
        const int rows = 7;
        foreach (var accumulate in (bool[])[false, true])
        {
            var (y, rstd, dy, dx) = (Block.Random(rows * width, 1), Block.Random(rows, 2, 0.5f, 2f), Block.Random(rows * width, 3), Block.Random(rows * width, 4));
            var before = dx.Copy();
            Cores.Run(new NormalizeRows.Backward(y.Pointer, rstd.Pointer, dy.Pointer, dx.Pointer, accumulate, rows, width), Reduce.RowChunks(rows, width));
            var expected = new double[rows * width];
            for (var row = 0; row < rows; row++)
            {
                var (mean, dot) = (0.0, 0.0);
                foreach (var i in Row(row, width)) (mean, dot) = (mean + (double)dy.Span[i] / width, dot + (double)dy.Span[i] * y.Span[i] / width);
                foreach (var i in Row(row, width)) expected[i] = rstd.Span[row] * (dy.Span[i] - mean - y.Span[i] * dot) + (accumulate ? before.Span[i] : 0);
            }

            // |dy|, |y| ≤ 2 and rstd ≤ 2: the largest term is 2·(2 + 2 + 2·4).
            Expect.Near(expected, dx.Result(), _ => Expect.Unit * (width / 16 + 10) * 24, $"{width}, accumulate {accumulate}");
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void LayerNorm_FollowsTheFormula_AndWritesOrAdds(int width)
    {
        const float epsilon = 1e-3f;
        foreach (var rows in (int[])[1, 19])
        {
            var (x, weight, bias, dy) = (Block.Random(rows * width, 1, 0f, 4f), Block.Random(width, 2), Block.Random(width, 3), Block.Random(rows * width, 4));
            var (y, mean, rstd) = (new Block(rows * width), new Block(rows), new Block(rows));
            var affine = new LayerNormRows.Affine(weight.Pointer, bias.Pointer, 0, 0f);
            Cores.Run(new LayerNormRows.Forward(x.Pointer, affine, epsilon, y.Pointer, mean.Pointer, rstd.Pointer, rows, width), Reduce.RowChunks(rows, width));
            var n = Each(x, width, line =>
            {
                var (center, std) = (line.Average(), Math.Sqrt(Oracle.Variance(line, false) + epsilon));
                return [.. line.Select(v => (v - center) / std)];
            });
            var scales = Doubles(x).Chunk(width).Select(line => 1 / Math.Sqrt(Oracle.Variance(line, false) + epsilon)).ToArray();
            var expected = n.Select((v, i) => v * weight.Span[i % width] + bias.Span[i % width]).ToArray();
            var chain = width / 16 + 12;
            Expect.Near(expected, y.Result(), i => Expect.Unit * chain * (2 * Math.Abs(n[i]) + 8 * scales[i / width] + 2), $"{rows} rows of {width}");

            foreach (var accumulate in (bool[])[false, true])
            {
                var dx = Block.Random(rows * width, 5);
                var before = dx.Copy();
                var size = LayerNormRows.RowsPerBlock(rows, width);
                var blocks = (rows + size - 1) / size;
                Block factors = new(blocks * width), summands = new(blocks * width);
                var sums = new LayerNormRows.Affine(factors.Pointer, summands.Pointer, 0, 0f);
                Cores.Run(new LayerNormRows.Backward(x.Pointer, affine, mean.Pointer, rstd.Pointer, dy.Pointer, dx.Pointer, accumulate, sums, size, rows, width), blocks);
                double[] gradient = new double[rows * width], dWeight = new double[width], dBias = new double[width];
                for (var row = 0; row < rows; row++)
                {
                    var (meanG, meanDot) = (0.0, 0.0);
                    foreach (var i in Row(row, width))
                    {
                        var g = (double)dy.Span[i] * weight.Span[i % width];
                        (meanG, meanDot) = (meanG + g / width, meanDot + g * n[i] / width);
                        dWeight[i % width] += dy.Span[i] * n[i];
                        dBias[i % width] += dy.Span[i];
                    }

                    foreach (var i in Row(row, width)) gradient[i] = scales[row] * (dy.Span[i] * (double)weight.Span[i % width] - meanG - n[i] * meanDot) + (accumulate ? before.Span[i] : 0);
                }

                // n is off by some units of 4·rstd, and everything is a sum of products with it.
                var off = n.Select((v, i) => chain * (Math.Abs(v) + 4 * scales[i / width] + 1)).ToArray();
                var most = off.Chunk(width).Select(row => row.Max()).ToArray();
                var mostOfAll = off.Max();
                Expect.Near(gradient, dx.Result(), i => Expect.Unit * 8 * scales[i / width] * (most[i / width] * (1 + Math.Abs(n[i])) + 4) + Expect.Unit * 4, $"dx of {width}, accumulate {accumulate}");
                Expect.Near(dWeight, Down(factors, width), _ => Expect.Unit * 2 * rows * mostOfAll, $"dweight of {width}");
                Expect.Near(dBias, Down(summands, width), _ => Expect.Unit * 2 * rows * 4, $"dbias of {width}");
            }
        }
    }

    static float[] Down(Block partial, int width)
    {
        var sums = new float[width];
        foreach (var row in partial.Result().Chunk(width))
            for (var i = 0; i < width; i++) sums[i] += row[i];
        return sums;
    }

    static IEnumerable<int> Row(int row, int width) => Enumerable.Range(row * width, width);

    static double[] Probabilities(double[] line)
    {
        var max = line.Max();
        var sum = line.Sum(v => Math.Exp(v - max));
        return [.. line.Select(v => Math.Exp(v - max) / sum)];
    }

    static double[] Each(Block x, int width, Func<double[], double[]> f) => [.. Doubles(x).Chunk(width).SelectMany(f)];

    static double[] Doubles(Block x) => Array.ConvertAll(x.Span.ToArray(), v => (double)v);
}
