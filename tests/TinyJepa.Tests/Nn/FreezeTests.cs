using TinyJepa.Nn;
using TinyJepa.Optim;

namespace TinyJepa.Tests;

/// <summary>Frozen weights give the same bits, and nothing moves them.</summary>
public sealed class FreezeTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(77)]
    public void Answers_KeepTheirBits(int rows)
    {
        var p = new Parameters(seed: 3);
        var model = new Mlp(p, [37, 600, 1100, 19]);
        var x = Tensor.Empty([rows, 37]);
        new Rng(1).FillNormal(x.Span);
        using var scope = Scope.Begin();
        var before = model.Forward(x).ToArray();

        p.Freeze();
        Expect.Bits(before, model.Forward(x).Span, "frozen, first call");
        Expect.Bits(before, model.Forward(x).Span, "frozen, second call");

        p.Thaw();
        p.Entry("0.weight").Value.Span[0] += 1f;
        Assert.NotEqual(before, model.Forward(x).ToArray());
    }

    [Theory]
    [InlineData(5, 37, 1, 1)]
    [InlineData(9, 32, 2, 1)]
    [InlineData(20, 70, 2, 0)]
    public void Convolutions_KeepTheirBits(int size, int outputs, int stride, int padding)
    {
        var p = new Parameters(seed: 3);
        var layer = new Conv2d(p, 3, outputs, 4, stride, padding);
        var (x, larger) = (Tensor.Empty([2, size, size, 3]), Tensor.Empty([1, size + 7, size, 3]));
        new Rng(1).FillNormal(x.Span);
        new Rng(2).FillNormal(larger.Span);
        using var scope = Scope.Begin();
        var (before, beforeLarger) = (layer.Forward(x).ToArray(), layer.Forward(larger).ToArray());

        p.Freeze();
        Expect.Bits(before, layer.Forward(x).Span, "frozen, first call");
        Expect.Bits(beforeLarger, layer.Forward(larger).Span, "frozen, larger images");

        p.Thaw();
        p.Entry("weight").Value.Span[0] += 1f;
        Assert.NotEqual(before, layer.Forward(x).ToArray());
    }

    [Fact]
    public void FrozenWeights_LieSideBySide_AndMayStillBeJoinedByOthers()
    {
        var p = new Parameters(seed: 3);
        var model = new Mlp(p["model"], [4, 8, 2]);
        var before = p.Hash();
        p.Freeze();
        Assert.Equal(before, p.Hash());
        var nodes = p["model"].Entries.Select(entry => entry.Node).ToList();
        Assert.All(nodes, node => Assert.Same(nodes[0].Storage, node.Storage));
        Assert.Equal([0, 32, 48, 64], nodes.Select(node => node.Offset));

        p.Thaw();
        var late = new Mlp(p["late"], [2, 2]);
        using var tape = Tape.Begin();
        tape.Backward(late.Forward(model.Forward(Tensor.Ones([3, 4]))).Sum());
        new Adam(p).Step();
        Assert.NotEqual(before, p.Hash());
    }

    [Fact]
    public void FrozenWeights_StayWhereViewsSeeThem()
    {
        var p = new Parameters(seed: 3);
        var (viewed, other) = (p.Create("viewed", [3, 4], Init.One), p.Create("other", [3, 4], Init.One));
        var row = viewed.Rows(1, 1);
        p.Freeze();
        Assert.Same(viewed.Node.Storage, row.Node.Storage);
        Assert.NotSame(viewed.Node.Storage, other.Node.Storage);
    }

    [Fact]
    public void FrozenWeights_RefuseEveryWrite()
    {
        var p = new Parameters(seed: 3);
        var other = new Parameters(seed: 4);
        var (model, _) = (new Mlp(p["model"], [4, 8, 2]), new Mlp(other["model"], [4, 8, 2]));
        var adam = new Adam(p);
        var ema = new Ema(other["model"], p["model"], 0.5f);
        p["model"].Trainable = true;
        var before = p.Hash();
        p.Freeze();

        Assert.StartsWith("The parameter of shape [8, 4] is frozen", Assert.Throws<InvalidOperationException>(() => { _ = p.Entry("model.0.weight").Value.Span; }).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => p.CopyFrom(other));
        Assert.Throws<InvalidOperationException>(ema.Step);
        Assert.False(p.Trainable);
        using (var tape = Tape.Begin())
        {
            var loss = model.Forward(Tensor.Ones([3, 4])).Sum();
            Assert.Throws<InvalidOperationException>(() => { using var inner = Tape.Begin(); inner.Backward(model.Forward(Tensor.Ones([3, 4])).Sum()); });
        }

        adam.Step();
        Assert.Equal(before, p.Hash());

        p.Thaw();
        Assert.True(p.Trainable);
        p.CopyFrom(other);
        Assert.Equal(other.Hash(), p.Hash());
    }
}
