using TinyJepa;
using TinyJepa.Losses;
using TinyJepa.Nn;
using TinyJepa.Optim;

namespace TinyJepa.Tests.Docs;

/// <summary>The README's example: the lines between the marks are the README's, and they are run.</summary>
static class ReadmeExample
{
    /// <returns>The prediction error after training.</returns>
    internal static float Run()
    {
        // <example>
        var p = new Parameters(seed: 1);
        var encoder = new Mlp(p["encoder"], [2, 32, 8]);
        var predictor = new Mlp(p["predictor"], [8, 32, 8]);
        var adam = new Adam(p) { LearningRate = 3e-3f };
        var rng = new Rng(seed: 1);
        var error = 0f;

        for (var step = 1; step <= 500; step++)
        {
            using var tape = Tape.Begin();
            var angle = Tensor.Empty([64, 1]);                                       // a hand on a clock that turns by 0.3 a step
            rng.FillUniform(angle, 0f, 6.28f);
            var now = encoder.Forward(Tensor.Concat(axis: 1, angle.Cos(), angle.Sin()));
            var next = encoder.Forward(Tensor.Concat(axis: 1, (angle + 0.3f).Cos(), (angle + 0.3f).Sin()));

            var prediction = Mse.Of(predictor.Forward(now), next);                   // predict what comes, in latent space
            var loss = prediction + VicReg.VarianceHinge(now);                       // and do not collapse
            tape.Backward(loss);
            adam.Step();
            error = prediction.Item;
        }

        Console.WriteLine(error);                                                // 2e-5: it knows where the hand goes
        // </example>

        return error;
    }
}
