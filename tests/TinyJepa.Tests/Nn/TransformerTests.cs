using TinyJepa.Nn;

namespace TinyJepa.Tests.Nn;

/// <summary>Sizes, starts and refusals of the transformer layers, and that no token sees a later one.</summary>
public sealed class TransformerTests
{
    static readonly PredictorConfig s_small = TransformerFixtureTests.SmallPredictor;

    [Fact]
    public void Vit_HasTheParametersOfViTTiny()
    {
        var p = new Parameters();
        _ = new Vit(p, new VitConfig());
        Assert.Equal(5_501_376, p.Count);
        Assert.Equal(198, p.Entries.Count());
    }

    [Fact]
    public void Predictor_HasTheParametersOfLeWorldModels()
    {
        Assert.Equal((10_791_360, 81), Count(new PredictorConfig()));
        // Without inner normalisations, as in lepong; with projections and a last normalisation without weight, as in relay.
        Assert.Equal(10_786_752, Count(new PredictorConfig { InnerNorms = false }).Parameters);
        Assert.Equal(10_865_088, Count(new PredictorConfig { Projections = true, FinalAffine = false }).Parameters);

        static (int Parameters, int Entries) Count(PredictorConfig config)
        {
            var p = new Parameters();
            _ = new Predictor(p, config, new Rng(1));
            return (p.Count, p.Entries.Count());
        }
    }

    /// <summary>
    /// Before training a block passes its tokens on, so a predictor normalises the sums of tokens and places. Without places twice the token is
    /// the same token to it.
    /// </summary>
    [Fact]
    public void Predictor_AddsSinesAndCosinesToItsPlaces()
    {
        const int tokens = 4, dim = 7;
        var config = new PredictorConfig { Dim = dim, Width = dim, History = 5, Depth = 1, Heads = 1, HeadDim = 4, MlpDim = 6, Positions = PositionalEncoding.SinCos };
        var p = new Parameters(seed: 1);
        var predictor = new Predictor(p, config, new Rng(1));
        Assert.DoesNotContain(p.Entries, entry => entry.Path.Contains("pos", StringComparison.Ordinal));

        using var scope = Scope.Begin();
        var x = TransformerFixtureTests.Input(0, [2, tokens, dim]);
        var conditions = Tensor.Zeros(x.Shape);
        var placed = Tensor.From([.. x.ToArray().Select((value, at) =>
        {
            var (place, i) = (at / dim % tokens, at % dim);
            var angle = place / Math.Pow(10_000, i / 2 * 2 / (double)dim);
            return (float)(value + (i % 2 == 0 ? Math.Sin(angle) : Math.Cos(angle)));
        })], x.Shape);
        var expected = placed.Normalize().ToArray().Select(value => (double)value).ToArray();
        Expect.Near(expected, predictor.Forward(x, conditions).ToArray(), _ => 1e-5, "normalised sums");

        var bare = new Predictor(new Parameters(seed: 1), config with { Positions = PositionalEncoding.None }, new Rng(1));
        Assert.True(Farthest(bare) < 1e-4, "without places only a token's direction counts");
        Assert.True(Farthest(predictor) > 0.1, "with places its length counts too");

        double Farthest(Predictor of) =>
            of.Forward(x, conditions).ToArray().Zip(of.Forward(x * 2f, conditions).ToArray(), (a, b) => Math.Abs((double)a - b)).Max();
    }

    [Theory]
    [InlineData(new[] { 2048 }, 792_768)]
    [InlineData(new[] { 2048, 2048 }, 4_993_216)]
    [InlineData(new int[0], 37_440)]
    public void Projector_HasTheParametersOfThePublishedModels(int[] hidden, int count)
    {
        var p = new Parameters();
        _ = new Projector(p, 192, hidden, 192);
        Assert.Equal(count, p.Count);
    }

    [Fact]
    public void ActionEncoder_StoresItsFirstWeight_AsAConvolution()
    {
        var p = new Parameters();
        _ = new ActionEncoder(p, 10, 10, 768, 192);
        Assert.Equal(156_206, p.Count);
        Assert.Equal("[10, 10, 1]", p.Entry("patch_embed.weight").Value.Shape.ToString());
    }

    /// <summary>Standard deviation 0.02, biases zero, norm weights one: within five standard errors for the fixed seed.</summary>
    [Fact]
    public void Vit_StartsAsHuggingFaces()
    {
        var p = new Parameters(seed: 3);
        _ = new Vit(p, new VitConfig { Depth = 1 });
        foreach (var entry in p.Entries)
        {
            var values = entry.Value.ToArray();
            if (entry.Path.Contains("layernorm", StringComparison.Ordinal))
                Assert.All(values, value => Assert.Equal(entry.Path.EndsWith("weight", StringComparison.Ordinal) ? 1f : 0f, value));
            else if (entry.Path.EndsWith("bias", StringComparison.Ordinal)) Assert.All(values, value => Assert.Equal(0f, value));
            else
            {
                var std = Math.Sqrt(values.Average(value => (double)value * value));
                Assert.InRange(std, 0.02 * (1 - 5 / Math.Sqrt(2.0 * values.Length)), 0.02 * (1 + 5 / Math.Sqrt(2.0 * values.Length)));
            }
        }
    }

    /// <summary>Only the order of sums differs: few rows are multiplied in another one.</summary>
    [Fact]
    public void Vit_AnswersWithItsFirstToken()
    {
        using var scope = Scope.Begin();
        var vit = new Vit(new Parameters(seed: 4), TransformerFixtureTests.SmallVit);
        var images = TransformerFixtureTests.Input(0, [3, 12, 12, 3]);
        var expected = Array.ConvertAll(vit.Tokens(images).Slice(1, 0, 1).ToArray(), value => (double)value);
        Expect.Near(expected, vit.Forward(images).ToArray(), _ => 64 * Expect.Unit * expected.Max(Math.Abs), "class token");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AdaLnBlock_StartsAsTheIdentity(bool innerNorms)
    {
        using var tape = Tape.Begin();
        var block = new AdaLnBlock(new Parameters(seed: 1), s_small with { InnerNorms = innerNorms, Dropout = 0.1f }, new Rng(1));
        Tensor x = TransformerFixtureTests.Input(0, [2, 4, 12]), condition = TransformerFixtureTests.Input(1, [2, 4, 12]);
        Assert.Equal(x.ToArray(), block.Forward(x, condition).ToArray());
    }

    [Fact]
    public void Predictor_NeverSeesTheFuture()
    {
        using var scope = Scope.Begin();
        var p = new Parameters();
        var predictor = new Predictor(p, s_small, new Rng(1));
        TransformerFixtureTests.Fill(p);
        Tensor x = TransformerFixtureTests.Input(0, [2, 4, 12]), condition = TransformerFixtureTests.Input(1, [2, 4, 12]);
        var before = predictor.Forward(x, condition).ToArray();
        for (var changed = 0; changed < 4; changed++)
        {
            foreach (var input in (Tensor[])[x, condition])
            {
                var old = input.ToArray();
                for (var batch = 0; batch < 2; batch++) input.Span.Slice((batch * 4 + changed) * 12, 12).Fill(7f);
                var after = predictor.Forward(x, condition).ToArray();
                for (var token = 0; token < 8; token++)
                    Assert.Equal(token % 4 < changed, before.AsSpan(token * 12, 12).SequenceEqual(after.AsSpan(token * 12, 12)));
                old.CopyTo(input.Span);
            }
        }
    }

    [Fact]
    public void Predictor_DropsOnlyInTraining()
    {
        var p = new Parameters(seed: 2);
        var predictor = new Predictor(p, s_small with { Dropout = 0.5f }, new Rng(1));
        TransformerFixtureTests.Fill(p);
        float[] quiet, first, second;
        using (Scope.Begin()) quiet = Run();
        using (Scope.Begin()) Assert.Equal(quiet, Run());
        using (Tape.Begin()) first = Run();
        using (Tape.Begin()) second = Run();
        Assert.NotEqual(quiet, first);
        Assert.NotEqual(first, second);

        float[] Run() => predictor.Forward(TransformerFixtureTests.Input(0, [2, 4, 12]), TransformerFixtureTests.Input(1, [2, 4, 12])).ToArray();
    }

    public static TheoryData<string, string[], Action> Misfits => new()
    {
        { "dim and heads", ["192", "5"], () => _ = new Vit(new Parameters(), new VitConfig { Heads = 5 }) },
        { "block", ["12", "5"], () => _ = new TransformerBlock(new Parameters(), 12, 5, 20) },
        { "image and patch", ["224", "15"], () => _ = new Vit(new Parameters(), new VitConfig { PatchSize = 15 }) },
        { "no heads", ["heads", "0"], () => _ = new Vit(new Parameters(), new VitConfig { Heads = 0 }) },
        { "dropout", ["[0, 1)", "1"], () => _ = new Predictor(new Parameters(), new PredictorConfig { Dropout = 1f }, new Rng(1)) },
        { "no history", ["history", "0"], () => _ = new Predictor(new Parameters(), new PredictorConfig { History = 0 }, new Rng(1)) },
        { "history", ["5 tokens", "4"], () => new Predictor(new Parameters(), s_small, new Rng(1)).Forward(Tensor.Ones([1, 5, 12]), Tensor.Ones([1, 5, 12])) },
        { "latents", ["[1, 3, 11]", "12"], () => new Predictor(new Parameters(), s_small, new Rng(1)).Forward(Tensor.Ones([1, 3, 11]), Tensor.Ones([1, 3, 11])) },
        { "conditions", ["[1, 3, 12]", "[1, 2, 12]"], () => new Predictor(new Parameters(), s_small, new Rng(1)).Forward(Tensor.Ones([1, 3, 12]), Tensor.Ones([1, 2, 12])) },
        { "images", ["[1, 12, 16, 3]", "[batch, 12, 12, 3]"], () => new Vit(new Parameters(), TransformerFixtureTests.SmallVit).Forward(Tensor.Ones([1, 12, 16, 3])) },
    };

    [Theory]
    [MemberData(nameof(Misfits))]
    public void Sizes_AreNamed_WhenTheyDoNotFit(string what, string[] named, Action run)
    {
        using var scope = Scope.Begin();
        var message = Assert.Throws<ArgumentException>(run).Message;
        Assert.All(named, part => Assert.True(message.Contains(part, StringComparison.Ordinal), $"{what}: '{part}' is not in: {message}"));
    }
}
