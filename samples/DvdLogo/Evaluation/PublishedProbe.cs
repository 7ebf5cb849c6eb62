using TinyJepa.Analysis;
using TinyJepa.Data;
using TinyJepa.Losses;
using TinyJepa.Nn;
using TinyJepa.Optim;

namespace TinyJepa.Samples.DvdLogo;

/// <summary>
/// The probe as published: a linear layer under 800 steps of Adam on the earlier 80 % of the training data, tested on the later 20 % of the
/// same clips. It stops short of least squares, which is why the published figure is the larger one.
/// </summary>
internal static class PublishedProbe
{
    /// <returns>The root of the mean squared error, in pixels.</returns>
    public static double Rmse(Latents latents, long seed)
    {
        using var scope = Scope.Begin();
        var (features, places) = PairsByTime(latents);
        var split = features.Shape[0] * 8 / 10;

        var p = new Parameters(seed);
        var probe = new Linear(p["probe"], DvdModel.Latent, 2);
        var adam = new Adam(p) { LearningRate = 1e-2f };
        var batches = new Batches(split, 512, new Rng(seed)["probe"]);
        for (var step = 0; step < 800; step++)
        {
            using var tape = Tape.Begin();
            var rows = batches.Draw();
            tape.Backward(Mse.Of(probe.Forward(features.Gather(rows)), places.Gather(rows)));
            adam.Step();
        }

        var rest = features.Shape[0] - split;
        return ProbeScore.Of(probe.Forward(features.Rows(split, rest)), places.Rows(split, rest)).Rmse;
    }

    /// <summary>The published order: all clips at time 0, then all at time 1, … without each clip's last observation.</summary>
    static (Tensor Features, Tensor Places) PairsByTime(Latents latents)
    {
        var clips = latents.Clips;
        var order = Enumerable.Range(0, clips.PairCount).Select(clips.Pair).Select(pair => pair.Sequence * latents.Times + pair.Time).ToArray();
        return (latents.All.Gather(order), latents.Places().Gather(order));
    }
}
