using TinyJepa.Nn;

namespace TinyJepa.Bench.Rows;

/// <summary>
/// The three products of a linear layer of M rows, N outputs and K inputs: nt = X·Wᵀ (forward), nn = dY·W (gradient of X), tn = dYᵀ·X
/// (gradient of W), each [M, K], [N, K] and [M, N] as they lie in a training step; and frozen, the forward product of a layer whose weights
/// do not change any more.
/// </summary>
static class Gemms
{
    internal static readonly Dictionary<string, (int M, int N, int K)> Shapes = MakeShapes();

    internal static Workload? Make(string variant, string shape)
    {
        if (!Shapes.TryGetValue(shape, out var s)) return null;
        Tensor X() => TestData.Of([s.M, s.K], 1);
        Tensor W() => TestData.Of([s.N, s.K], 2);
        Tensor D() => TestData.Of([s.M, s.N], 3);
        var (a, b) = variant switch { "nt" => (X(), W()), "nn" => (D(), W()), "tn" => (D(), X()), _ => (default, default) };
        return variant switch
        {
            "nt" => new Forward(() => a.MatMul(b, transposeB: true)),
            "nn" => new Forward(() => a.MatMul(b)),
            "tn" => new Forward(() => a.MatMul(b, transposeA: true)),
            "frozen" => Frozen(X(), W()),
            _ => null,
        };
    }

    static Forward Frozen(Tensor x, Tensor w)
    {
        var p = new Parameters();
        var layer = new Linear(p, w.Shape[1], w.Shape[0], bias: false);
        w.Span.CopyTo(p.Entry("weight").Value.Span);
        p.Freeze();
        return new Forward(() => layer.Forward(x));
    }

    static Dictionary<string, (int, int, int)> MakeShapes()
    {
        var shapes = new Dictionary<string, (int, int, int)>();
        foreach (var n in (int[])[256, 512, 1024, 2048]) shapes[$"sq{n}"] = (n, n, n);
        foreach (var batch in (int[])[1, 8, 64])                          // ViT-Tiny/14 at 224 × 224: 257 tokens of 192
        {
            var rows = 257 * batch;
            shapes[$"vit{batch}_qkv"] = (rows, 576, 192);
            shapes[$"vit{batch}_proj"] = (rows, 192, 192);
            shapes[$"vit{batch}_fc1"] = (rows, 768, 192);
            shapes[$"vit{batch}_fc2"] = (rows, 192, 768);
        }

        shapes["pred_ada"] = (384, 1152, 192);                            // the predictor: 128 × 3 tokens of 192
        shapes["pred_qkv"] = (384, 3072, 192);
        shapes["pred_out"] = (384, 192, 1024);
        shapes["pred_fc1"] = (384, 2048, 192);
        shapes["pred_fc2"] = (384, 192, 2048);
        shapes["mlp_4_32"] = (256, 32, 4);                                // the ball's and the logo's encoders, batch 256
        shapes["mlp_32_16"] = (256, 16, 32);
        shapes["mlp_512_256"] = (256, 256, 512);
        shapes["mlp_256_128"] = (256, 128, 256);
        shapes["mlp_128_32"] = (256, 32, 128);
        return shapes;
    }
}
