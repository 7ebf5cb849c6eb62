using TinyJepa.Nn;
using TinyJepa.Optim;

namespace TinyJepa.Tests.Optim;

public sealed class EmaTests
{
    [Fact]
    public void Copy_StartsEqual_AndFollows()
    {
        Parameters model = new(seed: 1), slow = new(seed: 2);
        _ = (new Mlp(model["online"], [5, 7, 3]), new Mlp(slow["target"], [5, 7, 3]));
        var ema = new Ema(model["online"], slow["target"], 0.9f);
        Assert.Equal(model["online"].Hash(), slow["target"].Hash());
        Assert.False(slow.Trainable);
        Assert.True(model.Trainable);

        var start = model.Entry("online.0.weight").Value.ToArray();
        foreach (var entry in model.Entries) entry.Value.Span.Fill(10f);
        ema.Step();
        ema.Step();

        var expected = Array.ConvertAll(start, old => 10 + 0.81 * (old - 10));
        Expect.Near(expected, slow.Entry("target.0.weight").Value.Span, _ => 40 * Expect.Unit, "0.weight");
        Assert.All(model.Entry("online.0.weight").Value.ToArray(), value => Assert.Equal(10f, value));
    }

    [Fact]
    public void Decay_Of1_KeepsEveryBit_AndOf0_TakesTheModel()
    {
        Parameters model = new(seed: 1), slow = new(seed: 1);
        _ = (new Linear(model["a"], 5, 3), new Linear(slow["a"], 5, 3));
        var ema = new Ema(model, slow, 1f);
        var start = slow.Hash();
        foreach (var entry in model.Entries) entry.Value.Span.Fill(0.1f);
        ema.Step();
        Assert.Equal(start, slow.Hash());

        ema.Decay = 0f;
        ema.Step();
        foreach (var entry in slow.Entries) Expect.Near(Enumerable.Repeat(0.1, entry.Value.Length).ToArray(), entry.Value.Span, _ => 4 * Expect.Unit, entry.Path);
    }

    [Fact]
    public void Model_AndCopy_MayLiveInOneSet()
    {
        var p = new Parameters(seed: 1);
        _ = (new Linear(p["online"], 5, 3), new Linear(p["target"], 5, 3), new Linear(p["other"], 5, 3));
        var other = p["other"].Hash();
        var ema = new Ema(p["online"], p["target"], 0f);
        p.Entry("online.bias").Value.Span.Fill(2f);
        ema.Step();
        Expect.Near([2, 2, 2], p.Entry("target.bias").Value.Span, _ => 4 * Expect.Unit, "target.bias");
        Assert.Equal(other, p["other"].Hash());
        Assert.True(p["other"].Trainable);
    }

    public static TheoryData<string, Action<Parameters>> Unlike => new()
    {
        { "another size", p => _ = new Mlp(p, [5, 8, 3]) },
        { "one layer more", p => _ = new Mlp(p, [5, 7, 3, 3]) },
        { "another name", p => _ = (new Linear(p["0"], 5, 7), new Linear(p["1"], 7, 3)) },
        { "another order", p => _ = (new Linear(p["2"], 7, 3), new Linear(p["0"], 5, 7)) },
        { "nothing", _ => { } },
    };

    [Theory]
    [MemberData(nameof(Unlike))]
    public void ACopy_ThatIsBuiltDifferently_IsRefusedAndLeftAlone(string what, Action<Parameters> build)
    {
        Parameters model = new(seed: 1), slow = new(seed: 2);
        _ = new Mlp(model["online"], [5, 7, 3]);
        build(slow["target"]);
        var hash = slow.Hash();
        Assert.ThrowsAny<ArgumentException>(() => new Ema(model["online"], slow["target"], 0.9f));
        Assert.True(hash == slow.Hash(), $"The copy changed though it was refused for {what}.");
    }

    /// <summary>Another layer of the same size between the parts: one loop over the range would average it, too.</summary>
    [Fact]
    public void ALayer_BuiltBetweenTheParts_IsRefused()
    {
        Parameters model = new(seed: 1), slow = new(seed: 2);
        _ = (new Linear(model["online"]["0"], 5, 3), new Linear(model["other"], 5, 3), new Linear(model["online"]["2"], 5, 3));
        _ = (new Linear(slow["online"]["0"], 5, 3), new Linear(slow["other"], 5, 3), new Linear(slow["online"]["2"], 5, 3));
        var (hash, other) = (slow.Hash(), slow["other"].Hash());
        Assert.Throws<ArgumentException>(() => new Ema(model["online"], slow["online"], 0.5f));
        Assert.Equal(other, slow["other"].Hash());
        Assert.Equal(hash, slow.Hash());
        Assert.True(slow.Trainable);
    }

    [Theory]
    [InlineData(-0.1f)]
    [InlineData(1.1f)]
    [InlineData(float.NaN)]
    public void Decay_LiesBetween0And1(float decay)
    {
        Parameters model = new(seed: 1), slow = new(seed: 1);
        _ = (new Linear(model["a"], 5, 3), new Linear(slow["a"], 5, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Ema(model, slow, decay));
    }
}
