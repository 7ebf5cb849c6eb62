using TinyJepa.IO;
using TinyJepa.Models;
using TinyJepa.Nn;
using TinyJepa.Samples.BouncingBall;
using TinyJepa.Samples.DvdLogo;
using BallRecipe = TinyJepa.Samples.BouncingBall.Recipe;

namespace TinyJepa.Tests.IO;

/// <summary>Something to export: operations a line each, then the models.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Inputs">Names and shapes of an example.</param>
/// <param name="Make">Builds the model and its parameters.</param>
sealed record OnnxCase(string Name, (string Name, Shape Example)[] Inputs, Func<(Func<IReadOnlyList<Tensor>, Tensor> Forward, Parameters[] Sets)> Make)
{
    static readonly Tensor s_row = Series([7], 1), s_square = Series([7, 7], 2), s_kernel = Series([4, 3, 3, 2], 3);

    /// <summary>The range of the inputs' values.</summary>
    internal (float Low, float High) Range { get; init; } = (-2f, 2f);

    public override string ToString() => Name;

    internal void Save(string path, Func<IReadOnlyList<Tensor>, Tensor> forward, Parameters[] sets) => Onnx.Save(path, Inputs, x => [("y", forward(x))], sets);

    /// <summary>Inputs for a batch.</summary>
    internal Tensor[] Draw(int batch)
    {
        var rng = new Rng(batch + 100);
        return [.. Inputs.Select(input =>
        {
            var x = Tensor.Empty(Shape.Create([batch, .. input.Example.ToArray()]));
            rng.FillUniform(x.Span, Range.Low, Range.High);
            return x;
        })];
    }

    internal static readonly OnnxCase[] Ops =
    [
        Op("Abs", x => x.Abs(), [7]), Op("Neg", x => x.Neg(), [7]), Op("Square", x => x.Square(), [7]), Op("Exp", x => x.Exp(), [7]),
        Op("Sqrt", x => x.Sqrt(), [7]) with { Range = (0.1f, 4f) }, Op("Log", x => x.Log(), [7]) with { Range = (0.1f, 4f) },
        Op("Sin", x => x.Sin(), [7]), Op("Cos", x => x.Cos(), [7]), Op("Tanh", x => x.Tanh(), [7]), Op("Sigmoid", x => x.Sigmoid(), [7]),
        Op("Relu", x => x.Relu(), [7]), Op("Silu", x => x.Silu(), [7]), Op("Gelu", x => x.Gelu(), [7]), Op("GeluTanh", x => x.GeluTanh(), [7]),
        Op("Clamp", x => x.Clamp(-0.5f, 0.75f), [7]), Op("Affine", x => x.Affine(-1.5f, 0.25f), [7]), Op("Tensor + float", x => x + 0.75f, [7]),
        Op("Tensor * float", x => x * 3f, [7]), Op("float - Tensor", x => 0.75f - x, [7]), Op("Tensor / float", x => x / 3f, [7]),
        Op("one number a row", x => x.Square(), []),
        Pair("Add", (a, b) => a + b), Pair("Subtract", (a, b) => a - b), Pair("Multiply", (a, b) => a * b),
        Pair("Divide", (a, b) => a / b) with { Range = (0.5f, 2f) }, Pair("Maximum", (a, b) => a.Maximum(b)), Pair("Minimum", (a, b) => a.Minimum(b)),
        Op("a constant row added", x => x + s_row, [7]), Op("a constant row's difference", x => s_row - x, [7]),
        Op("a constant row divided", x => s_row / x, [7]) with { Range = (0.5f, 2f) },
        Op("Sum: all", x => x.Sum(), [3, 7]), Op("Sum: the batch", x => x.Sum(0), [3, 7]), Op("Sum: last", x => x.Sum(-1), [3, 7]),
        Op("Mean: all", x => x.Mean(), [3, 7]), Op("Mean: the batch", x => x.Mean(0), [3, 7]), Op("Mean: middle", x => x.Mean(1), [3, 7]),
        Op("Variance", x => x.Variance(1), [7, 3]), Op("Variance: biased, the batch", x => x.Variance(0, unbiased: false), [7, 3]),
        Op("Softmax", x => x.Softmax(), [3, 7]), Op("Normalize", x => x.Normalize(1e-2f), [3, 7]), Op("LayerNorm", x => x.LayerNorm(s_row, s_row, 1e-2f), [3, 7]),
        Op("NormalizeModulate", x => x.NormalizeModulate(x.Linear(Series([21, 7], 4)), 2, 0, 1e-2f), [3, 7]),
        Op("Modulate, AddGated", x => x.AddGated(x.Modulate(x.Linear(Series([21, 7], 4)), 1, 2), x.Linear(Series([21, 7], 4)), 0), [3, 7]),
        Op("Linear", x => x.Linear(s_square, s_row), [7]), Op("Linear: no bias", x => x.Linear(s_square), [7]), Op("Linear: tokens", x => x.Linear(s_square, s_row), [3, 7]),
        Op("LinearAdd", x => x.LinearAdd(s_square, s_row, x), [3, 7]), Op("Linear: GELU", x => x.Linear(s_square, s_row, Activation.Gelu), [7]),
        Op("Linear: ReLU", x => x.Linear(s_square, s_row, Activation.Relu), [7]), Op("Linear: SiLU", x => x.Linear(s_square, s_row, Activation.Silu), [7]),
        Op("MatMul", x => x.MatMul(s_square), [3, 7]), Op("MatMul: of each", x => x.MatMul(x, transposeB: true), [3, 7]),
        Op("MatMul: transposed", x => x.MatMul(x, transposeA: true), [3, 7]), Op("MatMul: of the batch", x => x.MatMul(x, transposeA: true), [7]),
        Op("Permute", x => x.Permute(2, 0, 1), [3, 7]), Op("Permute: and back", x => x.Permute(0, 2, 1).Permute(0, 2, 1) + x, [3, 7]), Op("Transpose", x => x.Transpose(), [3, 7]),
        Op("Reshape", x => x.Reshape([x.Shape[0] * 3, 7]).Square(), [3, 7]), Op("Reshape: flat", x => x.Reshape([x.Length]), [3, 7]),
        Op("Rows: first", x => x.Rows(0, 1), [3, 7]), Op("Rows: from the second on", x => x.Rows(1, x.Shape[0] - 1).Square().Sum(0), [3]),
        Op("Rows: of another shape", x => x.Reshape([x.Shape[0] * 3, 7]).Rows(1, 2), [3, 7]), Op("Reshape: of Rows", x => x.Rows(0, 1).Reshape([7, 3]).Neg(), [3, 7]),
        Op("Slice", x => x.Slice(1, 1, 2), [3, 7]), Op("Slice: to the end", x => x.Slice(0, 1, x.Shape[0] - 1).Sum(0), [3, 7]), Op("Columns", x => x.Columns(2, 3), [3, 7]),
        Op("Gather", x => x.Reshape([x.Shape[0], 3, 7]).Permute(1, 0, 2).Gather((int[])[2, 0, 2]), [3, 7]),
        Op("Concat", x => Tensor.Concat(1, x, x.Square(), x.Columns(1, 2).Reshape([x.Shape[0], 2]), x), [7]),
        Op("Concat: views and constants", x => Tensor.Concat(0, s_row.Reshape([1, 7]), x.Reshape([x.Shape[0], 7]), s_row.Reshape([1, 7])).Sum(0), [7, 1]),
        Op("RepeatRows", x => x.RepeatRows(3).Sum(0), [7]), Op("RepeatRows: a single number", x => x.Sum().Reshape([1]).RepeatRows(3), [7]),
        Op("RepeatColumns", x => x.RepeatColumns(3), [7]),
        Op("AddPositions", x => x.AddPositions(Series([1, 5, 7], 5)), [3, 7]), Op("AddPositions: a first token", x => x.AddPositions(Series([1, 5, 7], 5), Series([1, 1, 7], 6)), [3, 7]),
        Op("Attention", x => x.Attention(x.Square(), x.Neg(), heads: 2), [5, 6]), Op("Attention: causal", x => x.Attention(x.Square(), x.Neg(), heads: 3, causal: true), [5, 6]),
        Op("Attention: one query", x => x.Slice(1, 0, 1).Attention(x, x, heads: 2), [5, 6]), Op("SelfAttention", x => x.SelfAttention(heads: 2), [5, 12]),
        Op("SelfAttention: causal", x => x.SelfAttention(heads: 2, causal: true), [5, 12]),
        Op("Conv2d", x => x.Conv2d(s_kernel, Series([4], 7), (2, 1), (1, 0)), [9, 7, 3]), Op("Conv2d: twice, no bias", x => x.Conv2d(s_kernel).Conv2d(Series([2, 4, 2, 2], 8), stride: 2), [9, 7, 3]),
        Op("AveragePool", x => x.AveragePool(2), [6, 9, 3]), Op("AveragePool: overlapping", x => x.AveragePool(3, 2), [7, 9, 3]), Op("AveragePool: whole", x => x.AveragePool(), [6, 9, 3]),
    ];

    internal static readonly OnnxCase[] Models =
    [
        Model("DvdLogo encoder", [("observations", [DvdSequences.ObservationLength])], () =>
        {
            var model = new DvdModel(seed: 1);
            return (x => model.Slow.Forward(x[0]), [model.Parameters, model.Target, model.DecoderParameters]);
        }),
        Model("DvdLogo predictor and decoder", [("z", [DvdModel.Latent])], () =>
        {
            var model = new DvdModel(seed: 1, skip: 0.9f);
            return (x => model.Decode(model.Predict(x[0])), [model.Parameters, model.Target, model.DecoderParameters]);
        }),
        Model("BouncingBall encoder", [("window", [BallRecipe.Published.Window])], () =>
        {
            var model = new BallModel(BallRecipe.Published, width: 1, seed: 1);
            return (x => model.Encode(x[0]), [model.Parameters]);
        }),
        Model("BouncingBall predictor", [("z", [BallModel.Latent]), ("action", [1])], () =>
        {
            var model = new BallModel(BallRecipe.Published, width: 1, seed: 1);
            return (x => model.Predict(x[0], x[1]), [model.Parameters]);
        }),
        Model("convolutions, batch normalisation, pooling", [("images", [16, 12, 3])], () =>
        {
            var p = new Parameters(seed: 1);
            Conv2d first = new(p["0"], 3, 8, 3, stride: 2, padding: 1), second = new(p["3"], 8, 6, 3, bias: false);
            var (norm, head) = (new BatchNorm(p["1"], 8), new Linear(p["6"], 6, 5));
            return (x => head.Forward(second.Forward(norm.Forward(first.Forward(x[0])).Relu()).Silu().AveragePool()), [p]);
        }),
        Model("vision transformer", [("images", [16, 16, 2])], () =>
        {
            var p = new Parameters(seed: 1);
            var vit = new Vit(p, new VitConfig { ImageSize = 16, PatchSize = 4, Channels = 2, Dim = 24, Depth = 3, Heads = 3, MlpDim = 48 });
            return (x => vit.Forward(x[0]), [p]);
        }),
        Model("predictor with inner norms", [("z", [3, 12]), ("condition", [3, 12])], () => Predicting(new PredictorConfig { Dim = 12, Width = 12, Heads = 2, HeadDim = 8, MlpDim = 20, Depth = 2 })),
        Model("predictor in the plain form", [("z", [3, 12]), ("condition", [3, 12])], () => Predicting(new PredictorConfig
        {
            Dim = 12, Width = 16, Heads = 2, HeadDim = 8, MlpDim = 20, Depth = 2, InnerNorms = false, QkvBias = true, Positions = PositionalEncoding.SinCos, FinalAffine = false,
        })),
        Model("LeWorldModel: encode", [("images", [28, 28, 3])], () =>
        {
            var (model, p) = World();
            return (x => model.Encode(x[0]), [p]);
        }),
        Model("LeWorldModel: encode sequences", [("images", [3, 28, 28, 3])], () =>
        {
            var (model, p) = World();
            return (x => model.Encode(x[0]), [p]);
        }),
        Model("LeWorldModel: predict", [("z", [3, 24]), ("actions", [3, 10])], () =>
        {
            var (model, p) = World();
            return (x => model.Predict(x[0], x[1]), [p]);
        }),
        Model("LeWorldModel: imagine", [("z", [1, 24]), ("actions", [5, 10])], () =>
        {
            var (model, p) = World();
            return (x => model.Rollout(x[0], x[1]), [p]);
        }),
    ];

    internal static IEnumerable<OnnxCase> All => [.. Ops, .. Models];

    /// <summary>Random values for all parameters: initial ones and zeros would hide mistakes.</summary>
    internal static void Scramble(IEnumerable<Parameters> sets)
    {
        var rng = new Rng(9);
        foreach (var entry in sets.SelectMany(set => set.Entries))
        {
            var values = entry.Value.Span;
            if (entry.Path.EndsWith("running_var", StringComparison.Ordinal)) rng.FillUniform(values, 0.5f, 1.5f);
            else if (entry.Value.Shape.Rank < 2) rng.FillUniform(values, -0.5f, 0.5f);
            else
            {
                var bound = 2f / MathF.Sqrt(values.Length / entry.Value.Shape[0]);
                rng.FillUniform(values, -bound, bound);
            }
        }
    }

    internal static (LeWorldModel Model, Parameters P) World(LeWorldModelConfig? config = null)
    {
        var p = new Parameters(seed: 1);
        return (new LeWorldModel(p, config ?? new LeWorldModelConfig
        {
            Encoder = new VitConfig { ImageSize = 28, PatchSize = 14, Dim = 24, Depth = 2, Heads = 3, MlpDim = 48 },
            Predictor = new PredictorConfig { Dim = 24, Width = 24, Heads = 4, HeadDim = 8, MlpDim = 40, Depth = 2 },
            ProjectorHidden = [32],
        }, new Rng(1)), p);
    }

    static (Func<IReadOnlyList<Tensor>, Tensor>, Parameters[]) Predicting(PredictorConfig config)
    {
        var p = new Parameters(seed: 1);
        var predictor = new Predictor(p, config, new Rng(1));
        return (x => predictor.Forward(x[0], x[1]), [p]);
    }

    static OnnxCase Op(string name, Func<Tensor, Tensor> f, Shape example) => new(name, [("x", example)], () => (x => f(x[0]), []));

    static OnnxCase Pair(string name, Func<Tensor, Tensor, Tensor> f) => new(name, [("a", [3, 7]), ("b", [3, 7])], () => (x => f(x[0], x[1]), []));

    static OnnxCase Model(string name, (string, Shape)[] inputs, Func<(Func<IReadOnlyList<Tensor>, Tensor>, Parameters[])> make) => new(name, inputs, () =>
    {
        var (forward, sets) = make();
        Scramble(sets);
        return (forward, sets);
    });

    static Tensor Series(Shape shape, int seed)
    {
        var x = Tensor.Empty(shape);
        new Rng(seed).FillUniform(x.Span, 0.3f, 1.5f);
        return x;
    }
}
