using TinyJepa.Nn;
using TinyJepa.Optim;

namespace TinyJepa.Tests.Nn;

[Collection(Machine.Name)]
public sealed class ImageLayersTests
{
    [Fact]
    public void Layers_AskForPyTorchsNames()
    {
        var p = new Parameters(seed: 1);
        _ = new Conv2d(p["convs.0"], 3, 8, 4, stride: 2, padding: 1);
        _ = new BatchNorm(p["convs.1"], 8);
        _ = new PatchEmbed(p["patch"], 3, 12, 4, bias: false);
        Assert.Equal(
        [
            "convs.0.weight [8, 3, 4, 4]", "convs.0.bias [8]", "convs.1.weight [8]", "convs.1.bias [8]", "convs.1.running_mean [8]",
            "convs.1.running_var [8]", "convs.1.num_batches_tracked []", "patch.weight [12, 3, 4, 4]",
        ], p.Entries.Select(entry => $"{entry.Path} {entry.Value.Shape}"));
        Assert.Equal(["running_mean", "running_var", "num_batches_tracked"], p["convs.1"].Entries.Where(e => !e.Trainable).Select(e => e.Path.Split('.')[^1]));
        Assert.All(p.Entry("convs.0.weight").Value.ToArray(), w => Assert.InRange(w, -1 / MathF.Sqrt(48), 1 / MathF.Sqrt(48)));
    }

    [Fact]
    public void Conv2d_GivesItsShape_AndTakesNoImages()
    {
        using var scope = Scope.Begin();
        var layer = new Conv2d(new Parameters(), 3, 8, 4, stride: 2, padding: 1);
        Assert.Equal("[5, 8, 6, 8]", layer.Forward(Tensor.Ones([5, 16, 12, 3])).Shape.ToString());
        Assert.Equal("[0, 8, 6, 8]", layer.Forward(Tensor.Ones([0, 16, 12, 3])).Shape.ToString());
    }

    /// <summary>A row of two hundred thousand windows, forwards and to the input.</summary>
    [Fact]
    public void Conv2d_TakesVeryWideImages()
    {
        const int width = 200_000;
        using var tape = Tape.Begin();
        var x = tape.Watch(Tensor.From([.. Enumerable.Range(0, width).Select(static i => (float)(i % 17))], [1, 1, width, 1]));
        var y = x.Conv2d(Tensor.Ones([1, 1, 1, 9]), null, stride: 1);
        tape.Backward(y.Sum());
        var (values, gradient) = (y.ToArray(), tape.Gradient(x).ToArray());
        Assert.Equal(width - 8, values.Length);
        for (var i = 0; i < values.Length; i++) Assert.Equal(Enumerable.Range(i, 9).Sum(static j => j % 17), values[i]);
        for (var i = 0; i < width; i++) Assert.Equal(Math.Min(9, Math.Min(i + 1, width - i)), gradient[i]);
    }

    /// <summary>A gradient of no images is zero, and added to what is there it changes nothing.</summary>
    [Fact]
    public void Conv2d_GivesZeroGradients_ForNoImages()
    {
        using var tape = Tape.Begin();
        var w = tape.Watch(Tensor.Ones([4, 3, 2, 2]));
        tape.Backward(Tensor.Ones([0, 5, 5, 3]).Conv2d(w).Sum() + w.Sum());
        Assert.All(tape.Gradient(w).ToArray(), g => Assert.Equal(1f, g));
        var v = tape.Watch(Tensor.Ones([4, 3, 2, 2]));
        tape.Backward(Tensor.Ones([0, 5, 5, 3]).Conv2d(v).Sum());
        Assert.All(tape.Gradient(v).ToArray(), g => Assert.Equal(0f, g));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, -1)]
    public void Conv2d_RefusesStridesAndPaddingBelowTheirLeast(int stride, int padding)
    {
        using var scope = Scope.Begin();
        Assert.Throws<ArgumentOutOfRangeException>(() => Tensor.Ones([1, 5, 5, 3]).Conv2d(Tensor.Ones([4, 3, 2, 2]), null, stride, padding));
    }

    [Fact]
    public void PatchEmbed_RefusesImages_ThatAreNoWholePatches()
    {
        using var scope = Scope.Begin();
        var layer = new PatchEmbed(new Parameters(), 3, 8, 14);
        Assert.Equal("[2, 6, 8]", layer.Forward(Tensor.Ones([2, 28, 42, 3])).Shape.ToString());
        var error = Assert.Throws<ArgumentException>(() => layer.Forward(Tensor.Ones([2, 28, 45, 3])));
        Assert.Contains("28 × 45", error.Message, StringComparison.Ordinal);
        Assert.Contains("14", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void BatchNorm_RefusesABatchOfOneRow_InTrainingOnly()
    {
        var layer = new BatchNorm(new Parameters(), 3);
        using (var scope = Scope.Begin()) Assert.Equal("[1, 3]", layer.Forward(Tensor.Ones([1, 3])).Shape.ToString());
        using var tape = Tape.Begin();
        var error = Assert.Throws<ArgumentException>(() => layer.Forward(Tensor.Ones([1, 3])));
        Assert.Contains("[1, 3]", error.Message, StringComparison.Ordinal);
        Assert.Contains("at least 2 rows", error.Message, StringComparison.Ordinal);
        Assert.Equal("[1, 2, 1, 3]", layer.Forward(Tensor.Ones([1, 2, 1, 3])).Shape.ToString());
    }

    [Fact]
    public void BatchNorm_UsesItsAverages_InAPlainScopeInsideATape()
    {
        var layer = new BatchNorm(new Parameters(), 2, epsilon: 0f);
        using var tape = Tape.Begin();
        using var scope = Scope.Begin();
        Assert.Equal([3f, -5f], layer.Forward(Tensor.From([3f, -5f], [1, 2])).ToArray());
    }

    /// <summary>W′ = W·s and b′ = (b − mean)·s + bias round a few times more than the two layers do.</summary>
    [Fact]
    public void Fold_GivesTheAnswerOfBothLayers()
    {
        var p = new Parameters(seed: 3);
        var (linear, conv) = (new Linear(p["linear"], 7, 5), new Conv2d(p["conv"], 3, 5, 3, stride: 2, padding: 1, bias: false));
        var norm = new BatchNorm(p["norm"], 5);
        var rng = new Rng(4);
        rng.FillUniform(p.Entry("norm.weight").Value.Span, -2f, 2f);
        rng.FillUniform(p.Entry("norm.bias").Value.Span, -2f, 2f);
        rng.FillUniform(p.Entry("norm.running_mean").Value.Span, -1f, 1f);
        rng.FillUniform(p.Entry("norm.running_var").Value.Span, 0.1f, 2f);
        var (one, other) = (norm.Fold(linear), norm.Fold(conv));

        using var scope = Scope.Begin();
        var (rows, images) = (Tensor.Empty([9, 7]), Tensor.Empty([2, 6, 5, 3]));
        rng.FillUniform(rows.Span, -2f, 2f);
        rng.FillUniform(images.Span, -2f, 2f);
        Near(norm.Forward(linear.Forward(rows)), one.Forward(rows));
        Near(norm.Forward(conv.Forward(images)), other.Forward(images));
        Assert.Throws<ArgumentException>(() => norm.Fold(new Linear(new Parameters(), 7, 4)));

        static void Near(Tensor expected, Tensor got)
        {
            var values = Array.ConvertAll(expected.ToArray(), v => (double)v);
            var largest = values.Max(Math.Abs);
            Expect.Near(values, got.ToArray(), _ => 32 * Expect.Unit * largest, "folded");
        }
    }

    /// <summary>A mean of a thousand standard deviations costs the two-pass variance nothing.</summary>
    [Theory]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(5001)]
    public void BatchNorm_IsExact_FarFromZero(int rows)
    {
        const int features = 19;
        using var tape = Tape.Begin();
        var x = Tensor.Empty([rows, features]);
        new Rng(5).FillUniform(x.Span, 1000f, 1002f);
        var values = Array.ConvertAll(x.ToArray(), v => (double)v);
        var y = x.BatchNorm(Tensor.Ones([features]), Tensor.Zeros([features]), 0f).ToArray();
        var expected = new double[values.Length];
        for (var column = 0; column < features; column++)
        {
            double[] line = [.. Enumerable.Range(0, rows).Select(row => values[row * features + column])];
            var (mean, std) = (line.Average(), Math.Sqrt(Oracle.Variance(line, false)));
            for (var row = 0; row < rows; row++) expected[row * features + column] = (line[row] - mean) / std;
        }

        // The mean itself is rounded: half a unit of 1000 for each block and a few more, over a standard deviation of 0.58.
        Expect.Near(expected, y, _ => Expect.Unit * 1024 * (8 + rows / 256) / 0.58, $"{rows} rows");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void TrainingStep_AllocatesNothing(int threads)
    {
        if (Machine.IsSlow) return;
        var bytes = Machine.With(512, threads, () =>
        {
            var p = new Parameters(seed: 1);
            var (conv, norm, second) = (new Conv2d(p["0"], 3, 16, 4, 2, 1), new BatchNorm(p["1"], 16), new Conv2d(p["2"], 16, 40, 3, 2, 1));
            var adam = new Adam(p);
            var x = Tensor.Ones([4, 32, 32, 3]);
            new Rng(1).FillUniform(x.Span, -1f, 1f);
            for (var i = 0; i < 20; i++) Step();
            var least = long.MaxValue;
            for (var window = 0; window < 3 && least != 0; window++)
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                for (var i = 0; i < 20; i++) Step();
                least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            }

            return least;

            void Step()
            {
                using var tape = Tape.Begin();
                var y = second.Forward(norm.Forward(conv.Forward(tape.Watch(x))).Relu().AveragePool(2)).AveragePool();
                tape.Backward(y.Square().Mean());
                adam.Step();
            }
        });
        Assert.Equal(0, bytes);
    }
}
