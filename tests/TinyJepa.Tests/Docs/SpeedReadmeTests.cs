using System.Globalization;
using System.Text.Json;

namespace TinyJepa.Tests.Docs;

/// <summary>The README's table of speed is what the paired run wrote.</summary>
public sealed class SpeedReadmeTests
{
    static readonly (string Row, string Meaning)[] s_rows =
    [
        ("step.vit224_b8", "training step of ViT-Tiny/14, 8 images of 224 × 224"),
        ("step.predictor_b128", "training step of LeWorldModel's predictor, batch 128"),
        ("step.dvd", "training step of the logo's model, batch 256"),
        ("step.ball", "training step of the ball's model, batch 256, without SIGReg"),
        ("step.ball_sigreg", "the same with SIGReg"),
        ("infer.vit224_b1", "one image through ViT-Tiny/14"),
        ("infer.predictor_b96", "the predictor, batch of 96"),
        ("infer.predictor_b1", "the predictor, batch of 1"),
        ("infer.mlp_b1", "one input through a small network"),
        ("gemm.nt.vit8_fc2", "matrix product 2056 × 192 × 768, X·Wᵀ"),
        ("gemm.frozen.vit8_fc2", "the same with frozen weights"),
        ("conv.c2.b32.fwd", "convolution 3 × 3, stride 2, 64² × 32 → 64, 32 images, frozen"),
        ("conv.c2.b32.both", "the same with gradients"),
        ("attention.257x64", "attention and its gradient, 24 heads, 257 tokens of 64"),
        ("attention.causal3", "the same, causal, 3 tokens, 2048 heads"),
        ("norm.2056x192", "layer normalisation and its gradient, 2056 × 192"),
        ("sigreg.large", "SIGReg and its gradient, 4 × 128 × 192, 1024 directions"),
        ("adamw.15m", "AdamW, 15 million parameters"),
    ];

    [Fact]
    public void Figures_AreThoseOfTheCommittedRun()
    {
        var (one, two) = (Results("amd-epyc-zen5-1-thread.json"), Results("amd-epyc-zen5-2-threads.json"));
        var table = "\n| times faster than the fastest rival | 1 thread | 2 threads |\n|---|--:|--:|\n" +
            string.Concat(s_rows.Select(row => $"| {row.Meaning} | {Show(one[row.Row])} | {Show(two[row.Row])} |\n"));
        Repository.AssertReadme("peers", table);
    }

    static Dictionary<string, JsonElement> Results(string file) =>
        JsonDocument.Parse(Repository.Read("bench", "results", file)).RootElement.GetProperty("results").EnumerateArray()
            .ToDictionary(result => result.GetProperty("row").GetString()!, StringComparer.Ordinal);

    static string Show(JsonElement result)
    {
        var ratio = result.GetProperty("ratio").GetDouble();
        var text = ratio.ToString(ratio < 10 ? "0.00" : "0.0", CultureInfo.InvariantCulture);
        var rival = result.GetProperty("best_rival").GetString();
        return $"{(ratio >= 1 ? $"**{text}**" : text)} ({rival})";
    }
}
