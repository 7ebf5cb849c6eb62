using TinyJepa.Nn;

namespace TinyJepa.Tests;

public sealed class TapeTests
{
    [Fact]
    public void Backward_GivesTheGradient()
    {
        using var tape = Tape.Begin();
        var x = tape.Watch(Tensor.From([1, 2, 3]));
        tape.Backward(x.Square().Sum());

        Assert.Equal([2, 4, 6], tape.Gradient(x).ToArray());
    }

    [Fact]
    public void Backward_GoesOnceThroughEveryPath()
    {
        using var tape = Tape.Begin();
        var x = tape.Watch(Tensor.Scalar(3f));
        var y = x;
        for (var i = 0; i < 10; i++) y = y + y;                                       // 2¹⁰ paths
        tape.Backward(y * x);

        Assert.Equal(2 * 3 * 1024f, tape.Gradient(x).Item);
        Assert.Equal(3f, tape.Gradient(y).Item);
    }

    [Fact]
    public void Backward_AgainOnTheSameTape_StartsAfresh()
    {
        using var tape = Tape.Begin();
        var x = tape.Watch(Tensor.From([1, 2]));
        var loss = x.Square().Sum();
        tape.Backward(loss);
        tape.Backward(loss);
        Assert.Equal([2, 4], tape.Gradient(x).ToArray());

        tape.Backward((x * 5f).Sum());
        Assert.Equal([5, 5], tape.Gradient(x).ToArray());
    }

    [Fact]
    public void Backward_OfAnInputItself_IsOne()
    {
        using var tape = Tape.Begin();
        var x = tape.Watch(Tensor.From([1, 2, 3]));
        tape.Backward(x.Rows(1, 1).Reshape([]));

        Assert.Equal([0, 1, 0], tape.Gradient(x).ToArray());
    }

    /// <summary>To a result, a window on one, a watched tensor, a window on it, or a parameter; the given numbers are left alone.</summary>
    [Theory]
    [InlineData("result")]
    [InlineData("window on a result")]
    [InlineData("another shape")]
    [InlineData("watched")]
    [InlineData("window on watched")]
    [InlineData("parameter")]
    public void Backward_OfAGivenGradient_IsThatOfTheWeightedSum(string what)
    {
        float[] given = [0.5f, -2, 3, 7, -11, 13];
        var weight = Tensor.From(given, [2, 3]);
        Expect.Bits(Gradient((tape, y) => tape.Backward((y * weight).Sum())), Gradient((tape, y) => tape.Backward(y, weight)), what);
        Assert.Equal(given, weight.ToArray());

        float[] Gradient(PassBack back)
        {
            var parameter = Tensor.From([1, 2, 3, 4, 5, 6, 7, 8, 9], [3, 3]);
            parameter.Node.Trainable = true;
            using var tape = Tape.Begin();
            var x = tape.Watch(Tensor.From([-1, 2, -3, 4, -5, 6, -7, 8, -9], [3, 3]));
            var (y, of) = what switch
            {
                "result" => (x.Rows(0, 2).Square() * parameter.Rows(1, 2), parameter),
                "window on a result" => ((x * parameter).Rows(1, 2), x),
                "another shape" => ((x.Rows(1, 2) * 3f).Reshape([3, 2]).Reshape([2, 3]), x),
                "watched" => (x = tape.Watch(x.Rows(0, 2)), x),
                "window on watched" => (x.Rows(1, 2), x),
                _ => (parameter.Rows(0, 2), parameter),
            };
            back(tape, y);
            return tape.Gradient(of).ToArray();
        }
    }

    [Fact]
    public void Backward_AfterAGivenGradient_LeavesItAlone()
    {
        using var tape = Tape.Begin();
        Tensor x = tape.Watch(Tensor.From([1, 2])), weight = Tensor.From([10, 100]);
        var y = x.Square();
        tape.Backward(y, weight);
        Assert.Equal([20, 400], tape.Gradient(x).ToArray());
        Assert.Equal([10, 100], tape.Gradient(y).ToArray());

        tape.Backward((y * 3f).Sum());
        Assert.Equal([6, 12], tape.Gradient(x).ToArray());
        Assert.Equal([10, 100], weight.ToArray());
    }

    /// <summary>The next pass writes the gradient of x where the last one did; it must have read it by then.</summary>
    [Fact]
    public void Backward_OfAnEarlierGradient_MultipliesTwice()
    {
        using var tape = Tape.Begin();
        var x = tape.Watch(Tensor.From([1, 2, 3, 4], [2, 2]));
        Tensor swap = Tensor.From([0, 10, 1, 0], [2, 2]), y = x.MatMul(swap);
        tape.Backward(y, Tensor.From([1, 2, 3, 4], [2, 2]));
        Assert.Equal([20, 1, 40, 3], tape.Gradient(x).ToArray());

        tape.Backward(y, tape.Gradient(x));
        Assert.Equal([10, 20, 30, 40], tape.Gradient(x).ToArray());
    }

    delegate void PassBack(Tape tape, Tensor y);

    [Fact]
    public void Backward_OfAGivenGradient_NeedsItsShape() => Assert.Contains("y and its gradient have the same shape", Assert.Throws<ArgumentException>(() =>
    {
        using var tape = Tape.Begin();
        tape.Backward(tape.Watch(Tensor.Ones([2, 3])).Square(), Tensor.Ones([3, 2]));
    }).Message, StringComparison.Ordinal);

    [Fact]
    public void Backward_OfAGivenGradient_NeedsAHistory() => Assert.Contains("does not depend on a trained parameter or a watched tensor", Message(() =>
    {
        using var tape = Tape.Begin();
        tape.Backward(Tensor.Ones([2]), Tensor.Ones([2]));
    }), StringComparison.Ordinal);

    [Fact]
    public void Backward_NeedsAScalar() => Assert.Contains("the loss has the shape [2, 3]", Message(() =>
    {
        using var tape = Tape.Begin();
        tape.Backward(tape.Watch(Tensor.Ones([2, 3])).Square());
    }), StringComparison.Ordinal);

    [Fact]
    public void Backward_NeedsAHistory() => Assert.Contains("does not depend on a trained parameter or a watched tensor", Message(() =>
    {
        using var tape = Tape.Begin();
        tape.Backward(Tensor.Ones([2]).Sum());
    }), StringComparison.Ordinal);

    [Fact]
    public void Backward_NeedsTheInnermostTape()
    {
        const string innermost = "not the innermost open scope";
        Assert.Contains(innermost, Message(() =>
        {
            using var tape = Tape.Begin();
            var loss = tape.Watch(Tensor.Ones([2])).Sum();
            using var scope = Scope.Begin();
            tape.Backward(loss);
        }), StringComparison.Ordinal);
        Assert.Contains(innermost, Message(() =>
        {
            using var tape = Tape.Begin();
            using var inner = Tape.Begin();
            tape.Watch(Tensor.Ones([2]));
        }), StringComparison.Ordinal);
        Assert.Contains(innermost, Message(() =>
        {
            var tape = Tape.Begin();
            tape.Dispose();
            using var next = Tape.Begin();
            tape.Watch(Tensor.Ones([2]));
        }), StringComparison.Ordinal);
        Assert.Contains(innermost, Message(() => default(Tape).Watch(Tensor.Ones([2]))), StringComparison.Ordinal);
    }

    [Fact]
    public void Gradient_OfAnUnrelatedTensor_NamesItsShape()
    {
        Assert.Contains("[2, 3] has no gradient", Message(() =>
        {
            using var tape = Tape.Begin();
            var (x, unrelated) = (tape.Watch(Tensor.Ones([2])), tape.Watch(Tensor.Ones([2, 3])));
            tape.Backward(x.Sum());
            tape.Gradient(unrelated);
        }), StringComparison.Ordinal);
        Assert.Contains("has no gradient", Message(() =>
        {
            using var tape = Tape.Begin();
            tape.Gradient(tape.Watch(Tensor.Ones([2])));                               // before any pass
        }), StringComparison.Ordinal);
    }

    /// <summary>What the second loss does not depend on has no gradient any more.</summary>
    [Fact]
    public void Gradient_OfAnEarlierPass_IsGone() => Assert.Contains("has no gradient", Message(() =>
    {
        using var tape = Tape.Begin();
        var (x, y) = (tape.Watch(Tensor.Ones([2])), tape.Watch(Tensor.Ones([2])));
        tape.Backward(x.Sum());
        tape.Backward(y.Sum());
        tape.Gradient(x);
    }), StringComparison.Ordinal);

    [Fact]
    public void Gradient_OfAView_IsAWindow()
    {
        using var tape = Tape.Begin();
        var x = tape.Watch(Tensor.From([1, 2, 3, 4, 5, 6], [3, 2]));
        var view = x.Rows(1, 2);
        tape.Backward(view.Square().Sum());

        Assert.Equal([0, 0, 6, 8, 10, 12], tape.Gradient(x).ToArray());
        Assert.Equal([6, 8, 10, 12], tape.Gradient(view).ToArray());
        Assert.Equal<Shape>([2, 2], tape.Gradient(view).Shape);
    }

    /// <summary>Windows that overlap, the whole itself and a reshaped part: shares meet in one gradient, whichever is written first.</summary>
    [Fact]
    public void Gradients_OfOverlappingRows_Add()
    {
        for (var order = 0; order < 6; order++)
        {
            using var tape = Tape.Begin();
            var x = tape.Watch(Tensor.From([1, 2, 3, 4, 5, 6, 7, 8], [4, 2]));
            Tensor[] parts = [(x.Rows(0, 3) * 10f).Sum(), (x.Rows(1, 3).Reshape([2, 3]) * 100f).Sum(), x.Sum()];
            var loss = parts[order % 3] + parts[(order + 1 + order / 3) % 3] + parts[(order + 2 - order / 3) % 3];
            tape.Backward(loss);

            Assert.Equal([11, 11, 111, 111, 111, 111, 101, 101], tape.Gradient(x).ToArray());
        }
    }

    [Fact]
    public void Gradients_OfAViewOfAWatchedView_StayInIt()
    {
        using var tape = Tape.Begin();
        var whole = Tensor.From([1, 2, 3, 4, 5, 6], [3, 2]);
        var x = tape.Watch(whole.Rows(1, 2));
        tape.Backward(x.Rows(1, 1).Square().Sum());

        Assert.Equal([0, 0, 10, 12], tape.Gradient(x).ToArray());
    }

    [Fact]
    public void Detach_StopsTheGradient()
    {
        using var tape = Tape.Begin();
        var x = tape.Watch(Tensor.Scalar(3f));
        Assert.False(Tape.Tracks(x.Detach()) || Tape.Tracks(x.Clone()));
        tape.Backward(x * x.Detach() + x.Clone());

        Assert.Equal(3f, tape.Gradient(x).Item);
    }

    [Fact]
    public void Keep_StopsTheGradient()
    {
        using var tape = Tape.Begin();
        var x = tape.Watch(Tensor.Scalar(3f));
        Tensor squared;
        using (var scope = Scope.Begin()) squared = scope.Keep(x.Square());
        tape.Backward(x * squared);

        Assert.Equal(9f, tape.Gradient(x).Item);
    }

    [Fact]
    public void Keep_LetsAResultOutliveTheTape()
    {
        Tensor y;
        using (var tape = Tape.Begin()) y = tape.Keep(tape.Watch(Tensor.Scalar(3f)).Square());
        Assert.Equal(9f, y.Item);
        using var next = Tape.Begin();
        Assert.False(Tape.Tracks(y));
    }

    /// <summary>Another tape's variables are constants to this one, and its own gradients survive the other's end.</summary>
    [Fact]
    public void NestedTapes_AreApart()
    {
        using var outer = Tape.Begin();
        var x = outer.Watch(Tensor.Scalar(3f));
        var y = x.Square();
        float inside;
        using (var inner = Tape.Begin())
        {
            Assert.False(Tape.Tracks(y));
            var z = inner.Watch(y);
            inner.Backward(z * z * x);
            inside = inner.Gradient(z).Item;
        }

        outer.Backward(y * inside);
        Assert.Equal(2 * 9 * 3f, inside);
        Assert.Equal(2 * 3 * inside, outer.Gradient(x).Item);
    }

    /// <summary>Layers serve, parameters are constants and keep the gradients they have; what is watched gets its own.</summary>
    [Fact]
    public void AFrozenTape_FollowsOnlyWhatIsWatched()
    {
        var p = new Parameters(seed: 1);
        var (linear, norm) = (new Linear(p["linear"], 3, 2), new BatchNorm(p["norm"], 2));
        var image = Tensor.From([1, 2, 3, 4, 5, 7], [2, 3]);
        float[] weight = p.Entry("linear.weight").Value.ToArray(), served = norm.Forward(linear.Forward(image)).ToArray();
        using (var tape = Tape.Begin()) tape.Backward(norm.Forward(linear.Forward(image)).Square().Sum());
        var state = p.Entry("norm.running_mean").Value.ToArray();
        norm.Forward(linear.Forward(image)).CopyTo(served);
        var before = p.Entry("linear.weight").Gradient.ToArray();

        using (var tape = Tape.BeginFrozen())
        {
            Assert.False(Tape.IsOpen);
            var x = tape.Watch(image);
            var inner = linear.Forward(x);
            var y = norm.Forward(inner);
            Assert.Equal(served, y.ToArray());
            tape.Backward(y.Columns(0, 1).Sum() + norm.Forward(inner).Columns(0, 1).Sum());
            var scale = 2 / MathF.Sqrt(p.Entry("norm.running_var").Value.Span[0] + 1e-5f);
            Assert.All(tape.Gradient(x).ToArray().Zip(weight[..3].Concat(weight[..3])), pair => Assert.Equal(pair.Second * scale, pair.First, 1e-6f));
            Assert.Throws<InvalidOperationException>(() => { using var other = Tape.BeginFrozen(); other.Backward(linear.Forward(image).Sum()); });
        }

        Assert.Equal(state, p.Entry("norm.running_mean").Value.ToArray());
        Assert.Equal(before, p.Entry("linear.weight").Gradient.ToArray());
        Assert.False(Tape.IsOpen);
    }

    [Fact]
    public void IsOpen_TellsATapeFromAScope()
    {
        Assert.False(Tape.IsOpen);
        using var tape = Tape.Begin();
        Assert.True(Tape.IsOpen);
        using (Scope.Begin()) Assert.False(Tape.IsOpen);
        Assert.True(Tape.IsOpen);
    }

    [Fact]
    public void Add_WithoutATape_Throws() => Assert.Contains("No tape is open", Message(() => Tape.Add(Tensor.Ones([1]), new Nothing())), StringComparison.Ordinal);

    /// <summary>An operation that fails on the way back leaves the tape as it was before.</summary>
    [Fact]
    public void Exception_InBackward_LeavesTheTapeUsable()
    {
        using var tape = Tape.Begin();
        var x = tape.Watch(Tensor.Scalar(3f));
        var broken = Tensor.Scalar(1f);
        Tape.Add(broken, new Fails());
        var message = "";
        try
        {
            tape.Backward(broken * 2f);
        }
        catch (NotSupportedException error)
        {
            message = error.Message;
        }

        Assert.Equal("no derivative", message);
        tape.Backward(x.Square());
        Assert.Equal(6f, tape.Gradient(x).Item);
    }

    [Fact]
    public void Exception_OnATape_EndsIt()
    {
        Assert.Throws<ArgumentException>(() =>
        {
            using var tape = Tape.Begin();
            tape.Watch(Tensor.Ones([2])).Add(Tensor.Ones([3]));
        });

        Assert.Null(Arena.Current);
        Assert.False(Tape.IsOpen);
    }

    /// <summary>A trained tensor is tracked everywhere; with accumulation its gradient grows until the optimiser has used it.</summary>
    [Fact]
    public void Accumulate_AddsToTrainedTensorsOnly()
    {
        var weight = Tensor.From([1, 2]);
        weight.Node.Trainable = true;
        weight.Node.Gradient = Tensor.Full([2], float.NaN).Node;
        var x = Tensor.From([10, 20]);

        Assert.Equal([10, 20], Step(weight, x, accumulate: true, out var dx));         // the first pass writes all the same
        Assert.Equal([1, 2], dx);
        Assert.Equal([20, 40], Step(weight, x, accumulate: true, out dx));
        Assert.Equal([1, 2], dx);
        Assert.Equal([10, 20], Step(weight, x, accumulate: false, out _));
        Assert.Equal([20, 40], Step(weight, x, accumulate: true, out _));
        weight.Node.GradientPass = 0;
        Assert.Equal([10, 20], Step(weight, x, accumulate: true, out _));

        static float[] Step(Tensor weight, Tensor x, bool accumulate, out float[] dx)
        {
            using var tape = Tape.Begin();
            var watched = tape.Watch(x);
            tape.Backward((weight * watched).Sum(), accumulate);
            dx = tape.Gradient(watched).ToArray();
            return tape.Gradient(weight).ToArray();
        }
    }

    /// <summary>Only the trained tensor's gradient grows: results on the way and watched tensors start afresh in every pass.</summary>
    [Fact]
    public void Accumulate_OnOneTape_LeavesTheRestAfresh()
    {
        var weight = Tensor.From([1, 2]);
        weight.Node.Trainable = true;
        weight.Node.Gradient = Tensor.Zeros([2]).Node;
        using var tape = Tape.Begin();
        var x = tape.Watch(Tensor.From([10, 20]));
        var product = weight * x;
        var loss = product.Sum();
        for (var pass = 1; pass <= 3; pass++)
        {
            tape.Backward(loss, accumulate: true);
            Assert.Equal([10f * pass, 20f * pass], tape.Gradient(weight).ToArray());
            Assert.Equal([1, 2], tape.Gradient(x).ToArray());
            Assert.Equal([1, 1], tape.Gradient(product).ToArray());
        }
    }

    [Fact]
    public void Tapes_OnThreads_DoNotMeet()
    {
        var errors = 0;
        Thread[] threads = [.. Enumerable.Range(1, 4).Select(number => new Thread(() =>
        {
            for (var i = 0; i < 500; i++)
            {
                using var tape = Tape.Begin();
                var x = tape.Watch(Tensor.Full([300], number));
                tape.Backward(x.Square().Sum());
                if (tape.Gradient(x).Span.ContainsAnyExcept(2f * number)) Interlocked.Increment(ref errors);
            }
        }))];
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();

        Assert.Equal(0, errors);
    }

    static string Message(Action act) => Assert.Throws<InvalidOperationException>(act).Message;

    readonly struct Nothing : IOp
    {
        public void Backward(Tensor dy)
        {
        }
    }

    readonly struct Fails : IOp
    {
        public void Backward(Tensor dy) => throw new NotSupportedException("no derivative");
    }
}
