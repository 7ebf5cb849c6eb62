using TinyJepa.Nn;

namespace TinyJepa.Tests.Nn;

public sealed class LayerTests
{
    [Fact]
    public void Linear_KeepsLeadingAxes_AndDoesWithoutABias()
    {
        using var scope = Scope.Begin();
        var p = new Parameters(seed: 1);
        Linear with = new(p["with"], 3, 2), without = new(p["without"], 3, 2, bias: false);
        Assert.Equal("[4, 5, 2]", with.Forward(Tensor.Ones([4, 5, 3])).Shape.ToString());
        Assert.Equal(["without.weight"], p["without"].Entries.Select(entry => entry.Path));
        Assert.Equal([0f, 0f], without.Forward(Tensor.Zeros([1, 3])).ToArray());
    }

    [Fact]
    public void Mlp_ActivatesBetweenLayers_AndNotAfterTheLast()
    {
        using var scope = Scope.Begin();
        var p = new Parameters();
        var mlp = new Mlp(p, [1, 1, 1], Activation.Relu);
        foreach (var (path, value) in new[] { ("0.weight", 1f), ("0.bias", -1f), ("2.weight", 1f), ("2.bias", -3f) }) p.Entry(path).Value.Span[0] = value;
        // relu(x − 1) − 3
        Assert.Equal([-3f, -3f, -1f], mlp.Forward(Tensor.From([-5f, 0.5f, 3f], [3, 1])).ToArray());
    }

    [Fact]
    public void Mlp_NeedsTwoSizes() => Assert.Throws<ArgumentException>(() => new Mlp(new Parameters(), [3]));

    [Fact]
    public void Dropout_OnlyDrops_WhileATapeIsOpen()
    {
        var layer = new Dropout(0.5f, new Rng(1));
        using (var scope = Scope.Begin()) Assert.All(layer.Forward(Tensor.Ones([1000])).ToArray(), value => Assert.Equal(1f, value));
        using var tape = Tape.Begin();
        var dropped = layer.Forward(tape.Watch(Tensor.Ones([1000]))).ToArray();
        Assert.All(dropped, value => Assert.True(value is 0f or 2f, $"{value}"));
        Assert.InRange(dropped.Count(value => value == 0f), 420, 580);
    }
}
