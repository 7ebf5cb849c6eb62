using TinyJepa.Nn;
using TinyJepa.Optim;

namespace TinyJepa.Tests.Optim;

public sealed class AdamTests
{
    [Fact]
    public void Adam_OfAPart_MovesThatPartOnly()
    {
        var p = new Parameters(seed: 1);
        Linear first = new(p["first"], 3, 4), second = new(p["second"], 4, 5), third = new(p["third"], 5, 2);
        string[] before = [p["first"].Hash(), p["second"].Hash(), p["third"].Hash()];
        var adam = new Adam(p["second"]);
        using var tape = Tape.Begin();
        tape.Backward(third.Forward(second.Forward(first.Forward(Tensor.Ones([7, 3])))).Square().Mean());
        adam.Step();

        Assert.Equal(before[0], p["first"].Hash());
        Assert.NotEqual(before[1], p["second"].Hash());
        Assert.Equal(before[2], p["third"].Hash());
        Assert.True(p.Entry("first.weight").HasGradient);                // another optimiser may still want it
        Assert.False(p.Entry("second.weight").HasGradient);
    }

    [Fact]
    public void TwoOptimisers_OfTwoParts_AreLikeOneOfBoth()
    {
        string Run(Func<Parameters, Adam[]> optimisers)
        {
            var p = new Parameters(seed: 1);
            Linear first = new(p["first"], 3, 4), second = new(p["second"], 4, 2);
            var all = optimisers(p);
            for (var step = 0; step < 3; step++)
            {
                using var tape = Tape.Begin();
                tape.Backward(second.Forward(first.Forward(Tensor.Ones([7, 3]))).Square().Mean());
                foreach (var adam in all) adam.Step();
            }

            return p.Hash();
        }

        Assert.Equal(Run(p => [new Adam(p)]), Run(p => [new Adam(p["first"]), new Adam(p["second"])]));
    }

    [Fact]
    public void Step_NamesTheParameter_ThatTheLossDoesNotDependOn()
    {
        var p = new Parameters(seed: 1);
        Linear used = new(p["used"], 3, 4);
        _ = new Linear(p["forgotten"], 3, 4);
        var (adam, hash) = (new Adam(p), p.Hash());
        using var tape = Tape.Begin();
        tape.Backward(used.Forward(Tensor.Ones([2, 3])).Sum());

        Assert.Contains("'forgotten.weight'", Assert.Throws<InvalidOperationException>(adam.Step).Message, StringComparison.Ordinal);
        Assert.Equal(hash, p.Hash());
        Assert.Equal(0, adam.Steps);
        p["forgotten"].Trainable = false;
        adam.Step();
        Assert.NotEqual(hash, p.Hash());
        Assert.Equal(1, adam.Steps);
    }

    [Fact]
    public void Step_UsesUpTheGradients()
    {
        var p = new Parameters(seed: 1);
        var layer = new Linear(p["layer"], 3, 4);
        var adam = new Adam(p);
        using var tape = Tape.Begin();
        tape.Backward(layer.Forward(Tensor.Ones([2, 3])).Sum());
        adam.Step();
        Assert.Contains("'layer.weight'", Assert.Throws<InvalidOperationException>(adam.Step).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Adam_MadeAfterBackward_FindsTheGradients()
    {
        string Run(bool early)
        {
            var p = new Parameters(seed: 1);
            var layer = new Linear(p["layer"], 3, 4);
            var adam = early ? new Adam(p) : null;
            using var tape = Tape.Begin();
            tape.Backward(layer.Forward(Tensor.Ones([2, 3])).Square().Sum());
            (adam ?? new Adam(p)).Step();
            return p.Hash();
        }

        Assert.Equal(Run(early: true), Run(early: false));
    }

    [Fact]
    public void Accumulating_TwoHalves_IsLikeTheWhole()
    {
        float[] Run(bool halves)
        {
            var p = new Parameters(seed: 1);
            var layer = new Linear(p["layer"], 3, 4);
            var adam = new Adam(p);
            var x = Tensor.From([.. Enumerable.Range(0, 12).Select(i => i * 0.25f - 1f)], [4, 3]);
            if (!halves)
            {
                using var tape = Tape.Begin();
                tape.Backward(layer.Forward(x).Square().Sum());
            }
            else
            {
                for (var half = 0; half < 2; half++)
                {
                    using var tape = Tape.Begin();
                    tape.Backward(layer.Forward(x.Rows(2 * half, 2)).Square().Sum(), accumulate: half > 0);
                }
            }

            var gradient = p.Entry("layer.weight").Gradient.ToArray();
            adam.Step();
            return gradient;
        }

        var whole = Run(halves: false);
        Expect.Near(Array.ConvertAll(whole, g => (double)g), Run(halves: true), i => 8 * Expect.Unit * whole.Max(Math.Abs), "gradient");
    }

    [Fact]
    public void Padding_BetweenParameters_StaysZero()
    {
        var p = new Parameters(seed: 1);
        var (a, b) = (p.Create("a", [3], Init.One), p.Create("b", [5], Init.One));
        var adam = new Adam(p) { WeightDecay = 0.1f };
        for (var step = 0; step < 3; step++)
        {
            using var tape = Tape.Begin();
            tape.Backward(a.Sum() + b.Sum());
            adam.Step();
        }

        var block = p.Block.Weights.ToArray();
        Assert.Equal(32, block.Length);
        Assert.All(block[3..16].Concat(block[21..]), gap => Assert.Equal(0f, gap));
    }
}
