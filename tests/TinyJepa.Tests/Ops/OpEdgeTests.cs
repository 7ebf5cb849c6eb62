namespace TinyJepa.Tests;

/// <summary>What operations do at their edges: kinks, NaN, empty tensors, arguments out of range.</summary>
public sealed class OpEdgeTests
{
    /// <summary>The derivative at a kink is a choice; PyTorch's, and documented.</summary>
    [Fact]
    public void Slopes_AtKinks_AreAsDocumented()
    {
        Assert.Equal([0, 0], Slopes([0f, -0f], x => x.Relu()));
        Assert.Equal([0, 0], Slopes([0f, -0f], x => x.Abs()));
        Assert.Equal([0, 1, 1, 1, 0], Slopes([-0.5001f, -0.5f, 0f, 0.75f, 0.7501f], x => x.Clamp(-0.5f, 0.75f)));
        Assert.Equal([0, 0.5f, 1], Slopes([1f, 2f, 3f], x => x.Maximum(Tensor.Full([3], 2f))));
        Assert.Equal([1, 0.5f, 0], Slopes([1f, 2f, 3f], x => x.Minimum(Tensor.Full([3], 2f))));
        Assert.Equal([1, 0.5f, 0], Slopes([1f, 2f, 3f], x => Tensor.Full([3], 2f).Maximum(x).Neg().Affine(-1f, 0f) * -1f + x * 1f));
    }

    [Fact]
    public void Relu_AndClamp_PassNaN()
    {
        var x = Tensor.From([float.NaN, -1, 2]);
        Expect.Bits([float.NaN, 0, 2], x.Relu().ToArray(), "relu");
        Expect.Bits([float.NaN, -0.5f, 1], x.Clamp(-0.5f, 1f).ToArray(), "clamp");
    }

    [Fact]
    public void Where_NeverTouchesWhatIsNotChosen()
    {
        using var tape = Tape.Begin();
        var mask = Tensor.From([1, 0, -2, 0]);
        var a = tape.Watch(Tensor.From([1, float.NaN, 3, float.PositiveInfinity]));
        var b = tape.Watch(Tensor.From([float.NaN, 20, float.NegativeInfinity, 40]));
        var y = mask.Where(a, b);
        tape.Backward(y.Square().Sum());

        Assert.Equal([1, 20, 3, 40], y.ToArray());
        Assert.Equal([2, 0, 6, 0], tape.Gradient(a).ToArray());
        Assert.Equal([0, 40, 0, 80], tape.Gradient(b).ToArray());
    }

    [Fact]
    public void Where_GivesTheMaskNoGradient()
    {
        var error = Assert.Throws<InvalidOperationException>(() =>
        {
            using var tape = Tape.Begin();
            var (mask, a) = (tape.Watch(Tensor.From([1, 0])), tape.Watch(Tensor.From([1, 2])));
            tape.Backward(mask.Where(a, a * 2f).Sum());
            Assert.Equal([1, 2], tape.Gradient(a).ToArray());
            tape.Gradient(mask);
        });
        Assert.Contains("[2] has no gradient", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Which operand repeats follows from the axes, not from the counts: [] and [1] hold as many numbers.</summary>
    [Fact]
    public void Operators_TakeTheLargerOnEitherSide()
    {
        var (scalar, one, none) = (Tensor.Scalar(2f), Tensor.From([3], [1]), Tensor.Zeros([0, 3]));

        Assert.Equal<Shape>([1], (scalar + one).Shape);
        Assert.Equal<Shape>([1], (one * scalar).Shape);
        Assert.Equal([6], (scalar * one).ToArray());
        Assert.Equal<Shape>([0, 3], (scalar * none).Shape);
        Assert.Equal<Shape>([0, 3], (scalar + none).Shape);
        Assert.Equal<Shape>([1, 2], (Tensor.Ones([2]) + Tensor.Ones([1, 2])).Shape);
    }

    [Fact]
    public void EmptyTensors_GoThroughEverything()
    {
        using var tape = Tape.Begin();
        var x = tape.Watch(Tensor.Zeros([0, 3]));
        var (weight, bias) = (tape.Watch(Tensor.Ones([2, 3])), tape.Watch(Tensor.Ones([2])));
        var steering = tape.Watch(Tensor.Zeros([0, 6]));
        var y = x.Linear(weight, bias).Gelu().Softmax().Normalize().LayerNorm(bias, bias).NormalizeModulate(steering, 0, 1).Modulate(steering, 1, 2);
        y = y.AddGated(y, steering, 2) * bias;
        tape.Backward(y.Sum() + x.Sum(0).Sum() + x.MatMul(weight, transposeB: true).Variance(1).Sum() + Tensor.Concat(0, x, x).Rows(0, 0).Transpose().Sum() + x.RepeatRows(4).Sum());

        Assert.Empty(tape.Gradient(x).ToArray());
        Assert.All(tape.Gradient(weight).ToArray(), g => Assert.Equal(0f, g));
        Assert.All(tape.Gradient(bias).ToArray(), g => Assert.Equal(0f, g));
    }

    /// <summary>Sums along an axis beside an empty one have no results: they write nowhere.</summary>
    [Fact]
    public void Sums_BesideAnEmptyAxis_WriteNothing()
    {
        using var scope = Scope.Begin();
        var x = Tensor.Zeros([100, 3, 0]);
        using var inner = Scope.Begin();
        Tensor[] neighbours = [.. Enumerable.Range(0, 20).Select(_ => Tensor.Full([16], 7f))];
        foreach (var y in (Tensor[])[x.Sum(1), x.Mean(1), x.Variance(1), x.Sum(0)]) Assert.Equal(0, y.Length);

        Assert.All(neighbours, neighbour => Assert.All(neighbour.ToArray(), v => Assert.Equal(7f, v)));
        Assert.Equal(0f, x.Sum().Item);
        Assert.All(x.Sum(-1).ToArray(), v => Assert.Equal(0f, v));
        Assert.True(float.IsNaN(x.Mean().Item));
        Assert.True(float.IsNaN(Tensor.Ones([1]).Variance().Item));
        Assert.Equal(0f, Tensor.Ones([1]).Variance(unbiased: false).Item);
    }

    [Fact]
    public void Dropout_KeepsTheExpectation_AndIsOffOutsideTraining()
    {
        var x = Tensor.Ones([100, 100]);
        Assert.Equal(x.Node, x.Dropout(0.5f, new Rng(1)).Node);
        using var tape = Tape.Begin();
        Assert.Equal(x.Node, x.Dropout(0f, new Rng(1)).Node);
        var y = x.Dropout(0.25f, new Rng(1)).ToArray();

        Assert.Equal([0f, 1 / 0.75f], y.Distinct().Order());
        Assert.Equal(0.25, y.Count(v => v == 0) / 10_000.0, 5 * Math.Sqrt(0.25 * 0.75 / 10_000));
        foreach (var rate in (float[])[-0.1f, 1f, float.NaN]) Assert.Throws<ArgumentOutOfRangeException>(() => x.Dropout(rate, new Rng(1)));
        Assert.Throws<ArgumentNullException>(() => x.Dropout(0.5f, null!));
    }

    /// <summary>What was computed in steps before, as one operation: the same to the last few bits.</summary>
    [Fact]
    public void AdaptiveNormalisation_IsItsParts()
    {
        using var scope = Scope.Begin();
        Tensor x = Tensor.Empty([9, 40]), m = Tensor.Empty([9, 120]);
        new Rng(1).FillNormal(x.Span);
        new Rng(2).FillNormal(m.Span);
        var (fused, parts) = (x.NormalizeModulate(m, 0, 1, 1e-3f).ToArray(), x.Normalize(1e-3f).Modulate(m, 0, 1).ToArray());
        Expect.Near(Array.ConvertAll(parts, v => (double)v), fused, i => Expect.Unit * 8 * (Math.Abs(parts[i]) + 1), "normalise and modulate");
        var gated = (x + m.Columns(80, 40) * x).ToArray();
        Expect.Near(Array.ConvertAll(gated, v => (double)v), x.AddGated(x, m, 2).ToArray(), i => Expect.Unit * 8 * (Math.Abs(gated[i]) + 4), "gate");
    }

    /// <summary>Several operations write gradients into chunks of one modulation: each chunk gets its own, the unused ones zero.</summary>
    [Fact]
    public void ModulationGradients_StayInTheirChunks()
    {
        using var tape = Tape.Begin();
        var (x, m) = (Tensor.Full([2, 3], 2f), tape.Watch(Tensor.Zeros([2, 15])));
        tape.Backward(x.Modulate(m, 1, 3).AddGated(x, m, 0).Sum());

        Assert.Equal([2, 2, 2, 1, 1, 1, 0, 0, 0, 2, 2, 2, 0, 0, 0, 2, 2, 2, 1, 1, 1, 0, 0, 0, 2, 2, 2, 0, 0, 0], tape.Gradient(m).ToArray());
    }

    /// <summary>A frozen weight, or a row that nobody asks about, costs no gradient and disturbs none.</summary>
    [Fact]
    public void LayerNorm_GivesTheGradientsThatAreWanted()
    {
        using var tape = Tape.Begin();
        var x = Tensor.Empty([5, 7]);
        new Rng(1).FillNormal(x.Span);
        Tensor watched = tape.Watch(x), weight = tape.Watch(Tensor.Full([7], 2f)), bias = tape.Watch(Tensor.Zeros([7]));
        tape.Backward(watched.LayerNorm(weight, bias).Square().Sum());
        float[][] all = [tape.Gradient(watched).ToArray(), tape.Gradient(weight).ToArray(), tape.Gradient(bias).ToArray()];

        using var second = Tape.Begin();
        var alone = second.Watch(x.Clone());
        second.Backward(alone.LayerNorm(Tensor.Full([7], 2f), Tensor.Zeros([7])).Square().Sum());
        Expect.Bits(all[0], second.Gradient(alone).ToArray(), "dx alone");

        using var third = Tape.Begin();
        var onlyBias = third.Watch(Tensor.Zeros([7]));
        third.Backward(x.LayerNorm(Tensor.Full([7], 2f), onlyBias).Square().Sum());
        Expect.Bits(all[2], third.Gradient(onlyBias).ToArray(), "dbias alone");
    }

    [Fact]
    public void DivisionByANumber_IsRoundedOnce()
    {
        var x = Tensor.From([1, 2, 5, 7, 10]);
        Assert.Equal([1 / 3f, 2 / 3f, 5 / 3f, 7 / 3f, 10 / 3f], (x / 3f).ToArray());
    }

    [Fact]
    public void Chunks_OutOfRange_AreRefused()
    {
        var (x, m) = (Tensor.Ones([2, 3]), Tensor.Ones([2, 6]));
        string[] messages =
        [
            Assert.Throws<ArgumentOutOfRangeException>(() => x.Modulate(m, 0, 2)).Message,
            Assert.Throws<ArgumentOutOfRangeException>(() => x.NormalizeModulate(m, -1, 0)).Message,
            Assert.Throws<ArgumentOutOfRangeException>(() => x.AddGated(x, m, 2)).Message,
        ];
        Assert.All(messages, message => Assert.Contains("[2, 6] has 2 chunks of 3 columns, 0 to 1", message, StringComparison.Ordinal));
    }

    [Fact]
    public void Arguments_OutOfRange_AreRefused()
    {
        var x = Tensor.Ones([3, 4]);
        string[] messages =
        [
            Assert.ThrowsAny<ArgumentException>(() => x.Rows(2, 2)).Message,
            Assert.ThrowsAny<ArgumentException>(() => x.Rows(-1, 2)).Message,
            Assert.ThrowsAny<ArgumentException>(() => x.Rows(1, -1)).Message,
            Assert.ThrowsAny<ArgumentException>(() => x.Rows(1, int.MaxValue)).Message,
            Assert.ThrowsAny<ArgumentException>(() => x.Columns(3, 2)).Message,
            Assert.ThrowsAny<ArgumentException>(() => x.Slice(2, 0, 1)).Message,
            Assert.ThrowsAny<ArgumentException>(() => x.Gather((int[])[0, 3])).Message,
            Assert.ThrowsAny<ArgumentException>(() => x.Gather((int[])[-1])).Message,
            Assert.ThrowsAny<ArgumentException>(() => x.Sum(2)).Message,
            Assert.ThrowsAny<ArgumentException>(() => x.Permute(0, 0)).Message,
            Assert.ThrowsAny<ArgumentException>(() => x.Permute(0)).Message,
            Assert.ThrowsAny<ArgumentException>(() => x.Permute(0, 1, 2)).Message,
            Assert.ThrowsAny<ArgumentException>(() => x.Permute(0, 1, 0, 1, 0, 1, 0)).Message,
            Assert.ThrowsAny<ArgumentException>(() => x.Linear(Tensor.Ones([5, 4]), Tensor.Ones([4]))).Message.Replace("[5, 4] and [4]", "[3, 4]", StringComparison.Ordinal),
        ];

        Assert.All(messages, message => Assert.Contains("[3, 4]", message, StringComparison.Ordinal));
        Assert.Throws<ArgumentException>(() => Tensor.Concat(0));
        Assert.Throws<ArgumentException>(() => Tensor.Ones([1, 1, 1, 1, 1, 1]).RepeatRows(2));
        Assert.Throws<ArgumentException>(() => Tensor.Ones([1, 1, 1, 1, 1, 1]).RepeatColumns(2));
    }

    static float[] Slopes(float[] x, Func<Tensor, Tensor> f)
    {
        using var tape = Tape.Begin();
        var watched = tape.Watch(Tensor.From(x));
        tape.Backward(f(watched).Sum());
        return tape.Gradient(watched).ToArray();
    }
}
