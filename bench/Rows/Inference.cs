using TinyJepa.Nn;

namespace TinyJepa.Bench.Rows;

/// <summary>Answers of whole models, without gradients, from frozen weights.</summary>
static class Inference
{
    internal static Workload? Make(string name) => name switch
    {
        "infer.mlp_b1" => Mlp(),
        "infer.vit224_b1" => Image(),
        "infer.predictor_b96" => Prediction(96),
        "infer.predictor_b1" => Prediction(1),
        _ => null,
    };

    /// <summary>The logo's encoder looking at one pair of frames.</summary>
    static Forward Mlp()
    {
        var p = new Parameters();
        var encoder = new Mlp(p, [512, 256, 128, 32]);
        TestData.Fill(p);
        p.Freeze();
        var x = TestData.Of([1, 512], 1);
        return new Forward(() => encoder.Forward(x));
    }

    static Forward Image()
    {
        var p = new Parameters();
        var vit = new Vit(p, new VitConfig());
        TestData.Fill(p);
        p.Freeze();
        var x = TestData.Of([1, 224, 224, 3], 1);
        return new Forward(() => vit.Forward(x));
    }

    /// <summary>One step of a planner's candidates, or of one stream.</summary>
    static Forward Prediction(int batch)
    {
        var p = new Parameters();
        var predictor = new Predictor(p, new PredictorConfig(), new Rng(1));
        TestData.Fill(p);
        p.Freeze();
        var (z, condition) = (TestData.Of([batch, 3, 192], 1), TestData.Of([batch, 3, 192], 2));
        return new Forward(() => predictor.Forward(z, condition));
    }
}
