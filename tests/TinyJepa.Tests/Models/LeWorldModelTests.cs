using TinyJepa.Models;
using TinyJepa.Nn;
using TinyJepa.Tests.IO;
using TinyJepa.Tests.Nn;
using Xunit.Abstractions;

namespace TinyJepa.Tests.Models;

public sealed class LeWorldModelTests(ITestOutputHelper output)
{
    internal static readonly LeWorldModelConfig Small = new()
    {
        Encoder = TransformerFixtureTests.SmallVit,
        Predictor = TransformerFixtureTests.SmallPredictor with { Dim = 10, History = 3 },
        ActionDim = 6,
        ProjectorHidden = [14],
    };

    /// <summary>All 303 names and shapes of the released checkpoint, so that it loads without a mapping.</summary>
    [Fact]
    public void State_IsThatOfTheReleasedCheckpoint()
    {
        var p = new Parameters();
        _ = new LeWorldModel(p, new LeWorldModelConfig(), new Rng(1));
        Assert.Equal(File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Fixtures", "leworldmodel_names.txt")),
            p.Entries.Select(entry => $"{entry.Path} {entry.Value.Shape}").Order(StringComparer.Ordinal));
        Assert.Equal(303, p.Entries.Count());
        Assert.Equal(18_034_478, p.Count);
    }

    [Fact]
    public void GridWorldsForm_Has2955072Parameters()
    {
        var p = new Parameters();
        _ = new LeWorldModel(p, Grid, new Rng(1), table => new Linear(table, 4, 192, bias: false));
        Assert.Equal(2_955_072, p.Count);
    }

    [Fact]
    public void RelaysForm_Has26355008Parameters()
    {
        var p = new Parameters();
        var config = new LeWorldModelConfig { Predictor = new() { Projections = true, FinalAffine = false }, ProjectorHidden = [2048, 2048] };
        _ = new LeWorldModel(p, config, new Rng(1), actions => new Linear(actions, 10, 192));
        Assert.Equal(26_355_008, p.Count);
    }

    [Fact]
    public void Prediction_MatchesPyTorch_WithAllGradients()
    {
        var (p, model) = Make(Small with { Lambda = 0 });
        using var tape = Tape.Begin();
        var loss = model.Loss(model.Encode(Images(5)), TransformerFixtureTests.Input(1, [5, 3, 6]));
        var upstream = Fixture.Formula(5950, 1)[0];
        tape.Backward(loss.Total * upstream);

        TransformerFixtureTests.Compare(output, "prediction", "y0", loss.Prediction);
        foreach (var entry in p.Entries.Where(entry => !entry.IsBuffer)) TransformerFixtureTests.Compare(output, "prediction", $"d/{entry.Path}", entry.Gradient);
        foreach (var entry in p.Entries.Where(entry => entry.IsBuffer && !entry.Path.EndsWith("tracked", StringComparison.Ordinal)))
            TransformerFixtureTests.Compare(output, "prediction", $"after/{entry.Path}", entry.Value);
    }

    /// <summary>Both parts of the loss with all gradients, for directions that PyTorch was given too.</summary>
    [Fact]
    public void Loss_MatchesPyTorch_ForGivenDirections()
    {
        var (p, model) = Make(Small with { Lambda = 0 });
        var knots = Enumerable.Range(0, 17).Select(k => k * 3 / 16f).ToArray();
        using var tape = Tape.Begin();
        var z = model.Encode(Images(5));
        var loss = model.Loss(z, TransformerFixtureTests.Input(1, [5, 3, 6]));
        var directions = Fixture.Transformers.Tensor("loss/directions").Transpose();
        var regulariser = z.Permute(1, 0, 2).EppsPulley(directions, knots[1], Array.ConvertAll(knots, t => (float)Math.Exp(-t * t / 2)), model.SigReg.Weights, 5f);
        tape.Backward(loss.Total * Fixture.Formula(5950, 1)[0] + regulariser * Fixture.Formula(5951, 1)[0]);

        TransformerFixtureTests.Compare(output, "loss", "y0", loss.Prediction);
        TransformerFixtureTests.Compare(output, "loss", "y1", regulariser);
        foreach (var entry in p.Entries.Where(entry => !entry.IsBuffer)) TransformerFixtureTests.Compare(output, "loss", $"d/{entry.Path}", entry.Gradient);
    }

    /// <summary>Starts with one known latent, so that the sequence grows from one to three and then slides.</summary>
    [Fact]
    public void Rollout_MatchesPyTorch()
    {
        var (_, model) = Make(Small);
        using var scope = Scope.Begin();
        var imagined = model.Rollout(TransformerFixtureTests.Input(0, [3, 1, 10]), TransformerFixtureTests.Input(1, [3, 5, 6]));
        TransformerFixtureTests.Compare(output, "rollout", "y0", imagined);
    }

    [Fact]
    public void Rollout_StartsWithAllItKnows()
    {
        var (_, model) = Make(Small);
        using var scope = Scope.Begin();
        Tensor z = TransformerFixtureTests.Input(0, [2, 4, 10]), actions = TransformerFixtureTests.Input(1, [2, 5, 6]);
        var imagined = model.Rollout(z, actions);
        Assert.Equal("[2, 2, 10]", imagined.Shape.ToString());
        var first = model.Predict(z.Slice(1, 1, 3), actions.Slice(1, 1, 3)).Slice(1, 2, 1);
        Expect.Bits(first.ToArray(), imagined.Slice(1, 0, 1).ToArray(), "first step");
        var second = model.Predict(Tensor.Concat(1, z.Slice(1, 2, 2), first), actions.Slice(1, 2, 3)).Slice(1, 2, 1);
        Expect.Bits(second.ToArray(), imagined.Slice(1, 1, 1).ToArray(), "second step");
    }

    [Fact]
    public void Encode_OfPickedImages_IsThatOfTheSequencesWrittenOut()
    {
        int[] picked = [0, 1, 1, 2, 0, 0, 2, 1];
        var (written, index) = (Run(false), Run(true));
        // Few rows are multiplied in another order than many.
        Near(written.Z, index.Z, 1e-5);
        Near(written.Gradient, index.Gradient, 1e-4);

        static void Near(float[] expected, float[] got, double tolerance) =>
            Expect.Near(Array.ConvertAll(expected, value => (double)value), got, _ => tolerance * expected.Max(Math.Abs), "written out and by index");

        (float[] Z, float[] Gradient) Run(bool byIndex)
        {
            var (p, model) = Make(Small);
            using var tape = Tape.Begin();
            var images = TransformerFixtureTests.Input(0, [3, 12, 12, 3]);
            var z = byIndex ? model.Encode(images, picked, 4) : model.Encode(images.Gather(picked).Reshape([2, 4, 12, 12, 3]));
            tape.Backward(model.Loss(z, TransformerFixtureTests.Input(1, [2, 3, 6])).Total);
            return (z.ToArray(), p.Entry("encoder.embeddings.patch_embeddings.projection.weight").Gradient.ToArray());
        }
    }

    [Fact]
    public void Encode_DoesWithoutTime()
    {
        var (_, model) = Make(Small);
        using var scope = Scope.Begin();
        var images = Images(2);
        Assert.Equal(model.Encode(images).ToArray(), model.Encode(images.Reshape([8, 12, 12, 3])).ToArray());
        Assert.Equal("[8, 10]", model.Encode(images.Reshape([8, 12, 12, 3])).Shape.ToString());
    }

    [Fact]
    public void Loss_IsTheWeightedSum_AndIgnoresTheLastAction()
    {
        var (_, model) = Make(Small with { Lambda = 0.5f });
        using var scope = Scope.Begin();
        var z = TransformerFixtureTests.Input(0, [5, 4, 10]);
        var actions = TransformerFixtureTests.Input(1, [5, 4, 6]);
        var loss = model.Loss(z, actions);
        Assert.Equal(loss.Prediction.Item + 0.5 * loss.Regulariser.Item, loss.Total.Item, 1e-6 * loss.Total.Item);
        Assert.Equal(loss.Prediction.Item, model.Loss(z, actions.Slice(1, 0, 3)).Prediction.Item);
    }

    /// <summary>SIGReg of a collapsed batch is 0.402 times its size (Balestriero &amp; LeCun 2025; the sum of its weights times (1 − φ)²).</summary>
    [Fact]
    public void Regulariser_TellsACollapse()
    {
        var (_, model) = Make(Small);
        using var scope = Scope.Begin();
        Assert.Equal(0.402048 * 64, model.Loss(Tensor.Zeros([64, 4, 10]), Tensor.Zeros([64, 3, 6])).Regulariser.Item, 1e-3);
    }

    public static TheoryData<string, string[], Action<LeWorldModel>> Misfits => new()
    {
        { "latents", ["[2, 4, 11]", "10"], model => model.Loss(Tensor.Ones([2, 4, 11]), Tensor.Ones([2, 3, 6])) },
        { "one time", ["[2, 1, 10]", "[2, 0, 6]"], model => model.Loss(Tensor.Ones([2, 1, 10]), Tensor.Ones([2, 0, 6])) },
        { "too many times", ["4 tokens", "3"], model => model.Loss(Tensor.Ones([2, 5, 10]), Tensor.Ones([2, 4, 6])) },
        { "too few actions", ["[2, 2, 6]", "[2, 4, 10]"], model => model.Loss(Tensor.Ones([2, 4, 10]), Tensor.Ones([2, 2, 6])) },
        { "actions of another batch", ["[3, 3, 6]", "[2, 4, 10]"], model => model.Loss(Tensor.Ones([2, 4, 10]), Tensor.Ones([3, 3, 6])) },
        { "actions of another size", ["[2, 3, 7]", "6"], model => model.Predict(Tensor.Ones([2, 3, 10]), Tensor.Ones([2, 3, 7])) },
        { "rollout without actions", ["[2, 1, 6]", "[2, 2, 10]"], model => model.Rollout(Tensor.Ones([2, 2, 10]), Tensor.Ones([2, 1, 6])) },
        { "rollout from nothing", ["[2, 0, 10]"], model => model.Rollout(Tensor.Ones([2, 0, 10]), Tensor.Ones([2, 3, 6])) },
        { "broken sequences", ["7", "4"], model => model.Encode(Tensor.Ones([3, 12, 12, 3]), new int[7], 4) },
        { "images", ["[6, 12, 12, 1]", "[batch, 12, 12, 3]"], model => model.Encode(Tensor.Ones([2, 3, 12, 12, 1])) },
        { "weight", ["-1"], _ => _ = new LeWorldModel(new Parameters(), Small with { Lambda = -1 }, new Rng(1)) },
        { "action size", ["action", "0"], _ => _ = new LeWorldModel(new Parameters(), Small with { ActionDim = 0 }, new Rng(1)) },
    };

    [Theory]
    [MemberData(nameof(Misfits))]
    public void Shapes_AreNamed_WhenTheyDoNotFit(string what, string[] named, Action<LeWorldModel> run)
    {
        var (_, model) = Make(Small);
        using var scope = Scope.Begin();
        var message = Assert.Throws<ArgumentException>(() => run(model)).Message;
        Assert.All(named, part => Assert.True(message.Contains(part, StringComparison.Ordinal), $"{what}: '{part}' is not in: {message}"));
    }

    /// <summary>The model of the 5 × 5 grid world: shallow, plain blocks, one action of four.</summary>
    static LeWorldModelConfig Grid => new()
    {
        Encoder = new() { ImageSize = 128, PatchSize = 16, Channels = 1, Depth = 4 },
        Predictor = new() { History = 1, Depth = 2, Heads = 3, HeadDim = 64, MlpDim = 384, InnerNorms = false, QkvBias = true, Positions = PositionalEncoding.SinCos },
        ActionDim = 4,
        ProjectorHidden = [],
    };

    static (Parameters, LeWorldModel) Make(LeWorldModelConfig config)
    {
        var p = new Parameters();
        var model = new LeWorldModel(p, config, new Rng(1));
        TransformerFixtureTests.Fill(p);
        return (p, model);
    }

    static Tensor Images(int batch) => TransformerFixtureTests.Input(0, [batch, 4, 12, 12, 3]);
}
