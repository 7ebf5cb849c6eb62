using TinyJepa.Nn;

namespace TinyJepa.Bench.Rows;

/// <summary>Answers of whole models, without gradients.</summary>
static class Inference
{
    internal static Workload? Make(string name) => name switch
    {
        "infer.mlp_b1" => Mlp(),
        _ => null,
    };

    /// <summary>The logo's encoder looking at one pair of frames.</summary>
    static Forward Mlp()
    {
        var p = new Parameters();
        var encoder = new Mlp(p, [512, 256, 128, 32]);
        Series.Fill(p);
        var x = Series.Of([1, 512], 1);
        return new Forward(() => encoder.Forward(x));
    }

}
