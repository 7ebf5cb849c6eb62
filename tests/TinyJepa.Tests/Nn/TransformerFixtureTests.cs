using TinyJepa.Nn;
using TinyJepa.Tests.IO;
using Xunit.Abstractions;

namespace TinyJepa.Tests.Nn;

/// <summary>
/// Values and gradients of the transformer layers against PyTorch in float64 (Fixtures/make_transformer_fixtures.py). How far PyTorch's own
/// float32 is from it shows how much float32 rounding allows.
/// </summary>
public sealed class TransformerFixtureTests(ITestOutputHelper output)
{
    internal static readonly VitConfig SmallVit = new() { ImageSize = 12, PatchSize = 4, Channels = 3, Dim = 12, Depth = 2, Heads = 3, MlpDim = 20 };

    internal static readonly PredictorConfig SmallPredictor = new() { Dim = 12, Width = 12, History = 4, Depth = 2, Heads = 2, HeadDim = 8, MlpDim = 20, Dropout = 0 };

    static readonly Dictionary<string, (int[][] Inputs, Func<Parameters, Func<Tensor[], Tensor>> Build)> s_layers = new(StringComparer.Ordinal)
    {
        ["block"] = ([[2, 5, 12]], p => One(new TransformerBlock(p, 12, 3, 20, 1e-6f))),
        ["vit"] = ([[2, 12, 12, 3]], p => new Vit(p, SmallVit) is var vit ? x => vit.Tokens(x[0]) : null!),
        ["vit_class"] = ([[2, 12, 12, 3]], p => One(new Vit(p, SmallVit))),
        ["adaln"] = ([[3, 4, 12], [3, 4, 12]], p => new AdaLnBlock(p, SmallPredictor, new Rng(1)) is var block ? x => block.Forward(x[0], x[1]) : null!),
        ["adaln_plain"] = ([[3, 4, 12], [3, 4, 12]], p => new AdaLnBlock(p, SmallPredictor with { InnerNorms = false, QkvBias = true }, new Rng(1)) is var block ? x => block.Forward(x[0], x[1]) : null!),
        ["predictor"] = ([[3, 3, 12], [3, 3, 12]], p => new Predictor(p, SmallPredictor, new Rng(1)) is var predictor ? x => predictor.Forward(x[0], x[1]) : null!),
        ["predictor_wide"] = ([[3, 4, 12], [3, 4, 12]], p => new Predictor(p, SmallPredictor with { Width = 16 }, new Rng(1)) is var predictor ? x => predictor.Forward(x[0], x[1]) : null!),
        ["actions"] = ([[3, 4, 6]], p => One(new ActionEncoder(p, 6, 6, 48, 12))),
        ["projector_train"] = ([[3, 5, 12]], p => One(new Projector(p, 12, [20], 8))),
        ["projector3_train"] = ([[3, 5, 12]], p => One(new Projector(p, 12, [20, 18], 8))),
    };

    public static TheoryData<string> Layers => [.. s_layers.Keys];

    [Theory]
    [MemberData(nameof(Layers))]
    public void Layer_MatchesPyTorch(string name)
    {
        var (inputs, build) = s_layers[name];
        var p = new Parameters();
        var run = build(p);
        Fill(p);
        using var tape = Tape.Begin();
        var x = new Tensor[inputs.Length];
        for (var n = 0; n < x.Length; n++) x[n] = tape.Watch(Input(n, inputs[n]));
        var y = run(x);
        tape.Backward((y * Upstream(0, y)).Sum());

        Assert.Equal(Fixture.Transformers.Names.Where(key => key.StartsWith($"{name}/d/", StringComparison.Ordinal)).Select(key => key[(name.Length + 3)..]).Order(StringComparer.Ordinal),
            p.Entries.Where(entry => !entry.IsBuffer).Select(entry => entry.Path).Order(StringComparer.Ordinal));
        Compare(output, name, "y0", y);
        for (var i = 0; i < x.Length; i++) Compare(output, name, $"dx{i}", tape.Gradient(x[i]));
        foreach (var entry in p.Entries)
            if (!entry.IsBuffer) Compare(output, name, $"d/{entry.Path}", entry.Gradient);
            else if (!entry.Path.EndsWith("tracked", StringComparison.Ordinal)) Compare(output, name, $"after/{entry.Path}", entry.Value);
    }

    [Theory]
    [InlineData("projector_eval", new[] { 20 })]
    [InlineData("projector3_eval", new[] { 20, 18 })]
    public void Projector_UsesItsRunningStatistics_WithoutATape(string name, int[] hidden)
    {
        var p = new Parameters();
        var projector = new Projector(p, 12, hidden, 8);
        Fill(p);
        using var scope = Scope.Begin();
        Compare(output, name, "y0", projector.Forward(Input(0, [3, 5, 12])));
    }

    static Func<Tensor[], Tensor> One(Layer layer) => x => layer.Forward(x[0]);

    /// <summary>The script's values: the n-th tensor in the order of names has seed 5000 + n.</summary>
    internal static void Fill(Parameters p)
    {
        foreach (var (n, entry) in p.Entries.OrderBy(entry => entry.Path, StringComparer.Ordinal).Index())
        {
            if (entry.Path.EndsWith("num_batches_tracked", StringComparison.Ordinal)) continue;
            Fixture.Formula(5000 + n, entry.Value.Length, entry.IsBuffer ? 0.5f : 1f).CopyTo(entry.Value.Span);
            if (entry.Path.EndsWith("running_var", StringComparison.Ordinal))
                foreach (ref var value in entry.Value.Span) value += 1f;
        }
    }

    internal static Tensor Input(int n, int[] shape)
    {
        var size = Shape.Create(shape);
        return Tensor.From(Fixture.Formula(5900 + n, size.Elements, 2f), size);
    }

    internal static Tensor Upstream(int n, Tensor y) => Tensor.From(Fixture.Formula(5950 + n, y.Length), y.Shape);

    /// <summary>Eight times PyTorch's own distance, at most 1e-4, of a tensor's largest element.</summary>
    internal static void Compare(ITestOutputHelper output, string name, string key, Tensor got)
    {
        var expected = Fixture.Transformers[$"{name}/{key}"];
        var (floor, theirs) = (Fixture.Transformers[$"{name}/f32"][0], Fixture.Transformers[$"{name}/f32"][1]);
        var size = Math.Max(floor, expected.Max(Math.Abs));
        var allowed = Math.Min(1e-4, 8 * theirs);
        var values = got.ToArray();
        output.WriteLine($"{key}: {expected.Zip(values, (e, g) => Math.Abs(e - g)).Max() / size:E2} of {allowed:E2}");
        Expect.Near(expected, values, _ => allowed * size, $"{name}/{key}");
    }
}
