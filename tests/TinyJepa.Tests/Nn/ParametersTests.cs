using TinyJepa.Nn;
using TinyJepa.Optim;

namespace TinyJepa.Tests.Nn;

public sealed class ParametersTests
{
    [Fact]
    public void Paths_AreNamesJoinedByDots_InTheOrderOfConstruction()
    {
        var p = new Parameters();
        _ = new Mlp(p["online"]["net"], [3, 4, 5]);
        _ = new LayerNorm(p["norm"], 5);
        p.Buffer("count", [], Init.Zero);

        Assert.Equal(
            ["online.net.0.weight", "online.net.0.bias", "online.net.2.weight", "online.net.2.bias", "norm.weight", "norm.bias", "count"],
            p.Entries.Select(entry => entry.Path));
        Assert.Equal(["[4, 3]", "[4]", "[5, 4]", "[5]", "[5]", "[5]", "[]"], p.Entries.Select(entry => entry.Value.Shape.ToString()));
        Assert.Equal(p.Entry("online.net.0.bias").Path, p["online"]["net"].Entry("0.bias").Path);
    }

    [Fact]
    public void APart_HoldsWhatIsUnderItsName_AndNothingWhoseNameOnlyBeginsLikeIt()
    {
        var p = new Parameters();
        p["net"].Create("a", [2], Init.One);
        p["network"].Create("a", [3], Init.One);
        p["net2"].Create("a", [4], Init.One);
        p["net"]["deep"].Create("a", [5], Init.One);

        Assert.Equal(["net.a", "net.deep.a"], p["net"].Entries.Select(entry => entry.Path));
        Assert.Equal(7, p["net"].Count);
        Assert.Empty(p["ne"].Entries);
    }

    [Fact]
    public void Count_IsOfTrainedNumbers_EvenOfFrozenOnes()
    {
        var p = new Parameters();
        _ = new Linear(p["a"], 7, 3);
        p.Buffer("running", [100], Init.Zero);
        Assert.Equal(7 * 3 + 3, p.Count);
        p["a"].Trainable = false;
        Assert.Equal(7 * 3 + 3, p.Count);
    }

    [Fact]
    public void ASecondEntryOfAPath_IsRefused_AndNamed()
    {
        var p = new Parameters();
        _ = new Linear(p["a"], 2, 3);
        Assert.Contains("'a.weight'", Assert.Throws<InvalidOperationException>(() => new Linear(p["a"], 2, 3)).Message, StringComparison.Ordinal);
        Assert.Contains("'a.bias'", Assert.Throws<InvalidOperationException>(() => p["a"].Buffer("bias", [3], Init.Zero)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnEntry_ComesTooLate_OnceAnOptimiserHoldsTheBlock()
    {
        var p = new Parameters();
        _ = new Linear(p["a"], 2, 3);
        _ = new Adam(p["a"]);
        var error = Assert.Throws<InvalidOperationException>(() => new Linear(p["b"], 2, 3));
        Assert.Contains("'b.weight'", error.Message, StringComparison.Ordinal);
        Assert.Contains("too late", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Entry_NamesWhatThereIs_WhenThereIsNoSuchPath()
    {
        var p = new Parameters();
        _ = new Linear(p["a"], 2, 3);
        var error = Assert.Throws<KeyNotFoundException>(() => p["a"].Entry("wieght"));
        Assert.Contains("'a.wieght'", error.Message, StringComparison.Ordinal);
        Assert.Contains("a.weight", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData(null)]
    public void Names_MustNotBeEmpty(string? name)
    {
        var p = new Parameters();
        Assert.ThrowsAny<ArgumentException>(() => p[name!]);
        Assert.ThrowsAny<ArgumentException>(() => p.Create(name!, [1], Init.Zero));
        Assert.ThrowsAny<ArgumentException>(() => p["a"].Buffer(name!, [1], Init.Zero));
    }

    [Fact]
    public void LayingOut_KeepsTensorsAndTheirNumbers()
    {
        Parameters loose = new(seed: 3), held = new(seed: 3);
        foreach (var p in (Parameters[])[loose, held])
            foreach (var size in (int[])[1, 15, 16, 17, 33]) p.Create($"w{size}", [size], Init.Uniform(1f));
        var handle = held.Entry("w17").Value;
        _ = new Adam(held);

        Assert.Equal(loose.Hash(), held.Hash());
        foreach (var (mine, theirs) in loose.Entries.Zip(held.Entries)) Expect.Bits(mine.Value.Span, theirs.Value.Span, mine.Path);
        Expect.Bits(loose.Entry("w17").Value.Span, handle.Span, "a tensor taken before");
        handle.Span[3] = 42f;
        Assert.Equal(42f, held.Entry("w17").Value.Span[3]);
    }

    [Fact]
    public void InitialValues_DependOnSeedAndPathOnly()
    {
        Parameters first = new(seed: 9), second = new(seed: 9), other = new(seed: 10);
        _ = (new Linear(first["a"], 5, 6), new Linear(first["b"], 5, 6));
        _ = (new Linear(second["b"], 5, 6), new LayerNorm(second["norm"], 4), new Linear(second["a"], 5, 6));
        _ = new Linear(other["a"], 5, 6);

        foreach (var entry in first.Entries) Expect.Bits(entry.Value.Span, second.Entry(entry.Path).Value.Span, entry.Path);
        Assert.NotEqual(first.Entry("a.weight").Value.ToArray(), first.Entry("b.weight").Value.ToArray());
        Assert.NotEqual(first.Entry("a.weight").Value.ToArray(), other.Entry("a.weight").Value.ToArray());
    }

    [Fact]
    public void Hash_ChangesWithAnyBit_AndNotWithTheOrderOfConstruction()
    {
        Parameters first = new(seed: 9), second = new(seed: 9);
        _ = (new Linear(first["a"], 3, 2), new Linear(first["b"], 2, 3));
        _ = (new Linear(second["b"], 2, 3), new Linear(second["a"], 3, 2));
        var hash = first.Hash();
        Assert.Equal(hash, second.Hash());
        Assert.Matches("^[0-9a-f]{16}$", hash);

        var seen = new HashSet<string> { hash };
        foreach (var entry in first.Entries)
            for (var i = 0; i < entry.Value.Length; i++)
                for (var bit = 0; bit < 32; bit++)
                {
                    ref var value = ref entry.Value.Span[i];
                    var old = value;
                    value = BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(value) ^ (1 << bit));
                    Assert.True(seen.Add(first.Hash()), $"The hash did not see bit {bit} of element {i} of {entry.Path}.");
                    value = old;
                }

        Assert.Equal(hash, first.Hash());
    }

    [Fact]
    public void Hash_SeesNamesAndShapes()
    {
        string Of(string name, Shape shape)
        {
            var p = new Parameters();
            p.Create(name, shape, Init.One);
            return p.Hash();
        }

        string[] hashes = [Of("a", [6]), Of("b", [6]), Of("a", [2, 3]), Of("a", [3, 2]), Of("a", [1, 6])];
        Assert.Equal(hashes.Length, hashes.Distinct().Count());
    }

    [Fact]
    public void Hash_OfAPart_DoesNotDependOnWhereThePartHangs()
    {
        Parameters model = new(), copy = new();
        _ = (new Linear(model["online"], 3, 2, init: Init.One), new Linear(copy["target"]["deep"], 3, 2, init: Init.One));
        Assert.Equal(model["online"].Hash(), copy["target"]["deep"].Hash());
    }

    [Fact]
    public void CopyFrom_CopiesByNameBelowThePart()
    {
        Parameters model = new(seed: 1), copy = new(seed: 2);
        _ = (new Linear(model["online"], 3, 2), new Linear(copy["target"], 3, 2));
        _ = new Linear(copy["other"], 3, 2);
        var untouched = copy["other"].Hash();
        copy["target"].CopyFrom(model["online"]);

        Assert.Equal(model["online"].Hash(), copy["target"].Hash());
        Assert.Equal(untouched, copy["other"].Hash());
        model.Entry("online.bias").Value.Span[0] = 9f;
        Assert.NotEqual(9f, copy.Entry("target.bias").Value.Span[0]);
    }

    [Fact]
    public void CopyFrom_ChangesNothing_WhenSomethingDoesNotFit()
    {
        Parameters model = new(seed: 1), small = new(seed: 2), wrong = new(seed: 3);
        _ = (new Linear(model["a"], 3, 2), new Linear(model["b"], 3, 2));
        _ = new Linear(small["a"], 3, 2);
        _ = (new Linear(wrong["a"], 3, 2), new Linear(wrong["b"], 2, 3));
        var hash = model.Hash();

        var missing = Assert.Throws<ArgumentException>(() => model.CopyFrom(small));
        Assert.Contains("b.weight", missing.Message, StringComparison.Ordinal);
        var shape = Assert.Throws<ArgumentException>(() => model.CopyFrom(wrong));
        Assert.Contains("[2, 3]", shape.Message, StringComparison.Ordinal);
        Assert.Contains("[3, 2]", shape.Message, StringComparison.Ordinal);
        Assert.Equal(hash, model.Hash());
    }

    [Fact]
    public void AFrozenPart_IsNeitherTrackedNorMoved()
    {
        var p = new Parameters(seed: 4);
        Linear first = new(p["first"], 3, 4), second = new(p["second"], 4, 2);
        p["first"].Trainable = false;
        Assert.False(p["first"].Trainable);
        Assert.True(p.Trainable);
        var (frozen, free) = (p["first"].Hash(), p["second"].Hash());
        var adam = new Adam(p);
        Step(adam, () => second.Forward(first.Forward(Tensor.Ones([5, 3]))).Square().Mean());

        Assert.Equal(frozen, p["first"].Hash());
        Assert.NotEqual(free, p["second"].Hash());
        Assert.False(p.Entry("first.weight").HasGradient);

        p["first"].Trainable = true;
        Step(adam, () => second.Forward(first.Forward(Tensor.Ones([5, 3]))).Square().Mean());
        Assert.NotEqual(frozen, p["first"].Hash());
    }

    [Fact]
    public void State_IsNeverTrained_EvenIfThePartBecomesTrainable()
    {
        var p = new Parameters();
        var (weight, mean) = (p.Create("weight", [3], Init.One), p.Buffer("mean", [3], Init.One));
        p.Trainable = false;
        p.Trainable = true;
        Step(new Adam(p), () => (weight * mean).Sum());

        Assert.True(p.Entry("mean").IsBuffer);
        Assert.Equal([1f, 1f, 1f], mean.ToArray());
        Assert.NotEqual([1f, 1f, 1f], weight.ToArray());
    }

    [Fact]
    public void Gradient_NamesThePath_WhenThereIsNone()
    {
        var p = new Parameters();
        _ = new Linear(p["a"], 2, 3);
        Assert.Contains("'a.bias'", Assert.Throws<InvalidOperationException>(() => p.Entry("a.bias").Gradient).Message, StringComparison.Ordinal);
    }

    static void Step(Adam adam, Func<Tensor> loss)
    {
        using var tape = Tape.Begin();
        tape.Backward(loss());
        adam.Step();
    }
}
