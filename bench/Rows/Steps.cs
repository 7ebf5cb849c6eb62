using TinyJepa.Losses;
using TinyJepa.Nn;
using TinyJepa.Optim;

namespace TinyJepa.Bench.Rows;

/// <summary>Training steps of whole models.</summary>
static class Steps
{
    internal static Workload? Make(string name) => name switch
    {
        "step.dvd" => new Training(Dvd),
        "step.ball" => new Training(() => Ball(regularised: false)),
        "step.ball_sigreg" => new Training(() => Ball(regularised: true)),
        "step.vit224_b8" => new Training(static () => Image(new VitConfig(), batch: 8)),
        "step.vit128_b32" => new Training(static () => Image(new VitConfig { ImageSize = 128, PatchSize = 16, Channels = 1 }, batch: 32)),
        "step.predictor_b128" => new Training(static () => Prediction(batch: 128)),
        _ => null,
    };

    /// <summary>The logo's model at batch 256: encoder, slow target, predictor, hinge, Adam and average.</summary>
    static Recipe Dvd()
    {
        var (p, slow) = (new Parameters(seed: 0), new Parameters(seed: 0));
        var online = new Mlp(p["online"], [512, 256, 128, 32]);
        var predictor = new Mlp(p["predictor"], [32, 64, 32]);
        var target = new Mlp(slow["online"], [512, 256, 128, 32]);
        TestData.Fill(p);
        var adam = new Adam(p);
        var ema = new Ema(p["online"], slow["online"], 0.99f);
        var batches = Enumerable.Range(0, 16).Select(i => MovingBlob.Batch(256, i)).ToArray();
        return new Recipe(adam, Loss, ema.Step);

        Tensor Loss(Tape tape, int step)
        {
            var (now, next) = batches[step % batches.Length];
            var z = online.Forward(now);
            return Mse.Of(predictor.Forward(z), target.Forward(next)) + VicReg.VarianceHinge(z);
        }
    }

    /// <summary>The bouncing ball's model at batch 256: both windows are encoded with gradients.</summary>
    static Recipe Ball(bool regularised)
    {
        var p = new Parameters(seed: 0);
        var encoder = new Mlp(p["encoder"], [4, 32, 16], Activation.Relu);
        var predictor = new Mlp(p["predictor"], [17, 32, 16], Activation.Relu);
        TestData.Fill(p);
        var adam = new Adam(p);
        var regulariser = SigReg.Unwindowed(new Rng(1));
        var (now, next, action) = (TestData.Of([256, 4], 1), TestData.Of([256, 4], 2), TestData.Of([256, 1], 3));
        return new Recipe(adam, Loss, Random: regularised);

        Tensor Loss(Tape tape, int step)
        {
            var z = encoder.Forward(now);
            var error = (predictor.Forward(Tensor.Concat(1, z, action)) - encoder.Forward(next)).Square().Sum() / 256f;
            return regularised ? error + regulariser.Of(z) : error;
        }
    }

    /// <summary>A vision transformer that learns to answer with given latents.</summary>
    static Recipe Image(VitConfig config, int batch)
    {
        var p = new Parameters();
        var vit = new Vit(p, config);
        TestData.Fill(p);
        var adam = new Adam(p) { WeightDecay = 0.01f };
        var images = TestData.Of([batch, config.ImageSize, config.ImageSize, config.Channels], 1);
        var goal = TestData.Of([batch, config.Dim], 2);
        return new Recipe(adam, (_, _) => Mse.Of(vit.Forward(images), goal));
    }

    /// <summary>LeWorldModel's predictor over three tokens, without dropout so that the losses can be compared; gradients reach the latents, too.</summary>
    static Recipe Prediction(int batch)
    {
        var p = new Parameters();
        var predictor = new Predictor(p, new PredictorConfig { Dropout = 0f }, new Rng(1));
        TestData.Fill(p);
        var adam = new Adam(p) { WeightDecay = 0.01f };
        var (z, condition, goal) = (TestData.Of([batch, 3, 192], 1), TestData.Of([batch, 3, 192], 2), TestData.Of([batch, 3, 192], 3));
        return new Recipe(adam, (tape, _) => Mse.Of(predictor.Forward(tape.Watch(z), condition), goal));
    }
}

/// <summary>Frames of a moving blob: real inputs, so that no value is denormal and no loss shrinks to nothing.</summary>
static class MovingBlob
{
    /// <summary>Two overlapping pairs of 16 × 16 frames, [batch, 512] each; `torch_models.py` draws the same.</summary>
    internal static (Tensor Now, Tensor Next) Batch(int batch, int seed)
    {
        var (now, next) = (Tensor.Empty([batch, 512]), Tensor.Empty([batch, 512]));
        var start = TestData.Of([batch, 4], (uint)seed + 1).ToArray();
        Span<float> frames = stackalloc float[3 * 256];
        for (var row = 0; row < batch; row++)
        {
            var (y, x) = (8f + 5f * start[row * 4], 8f + 5f * start[row * 4 + 1]);
            var (vy, vx) = (start[row * 4 + 2] < 0f ? -0.75f : 0.75f, start[row * 4 + 3] < 0f ? -0.75f : 0.75f);
            for (var i = 0; i < frames.Length; i++)
            {
                var (dy, dx) = (i % 256 / 16 - y - vy * (i / 256), i % 16 - x - vx * (i / 256));
                frames[i] = MathF.Exp(-(dy * dy + dx * dx) / 4.5f);
            }

            frames[..512].CopyTo(now.Span[(row * 512)..]);
            frames[256..].CopyTo(next.Span[(row * 512)..]);
        }

        return (now, next);
    }
}
