using TinyJepa.Analysis;
using TinyJepa.Data;
using TinyJepa.Losses;
using TinyJepa.Nn;
using TinyJepa.Optim;

namespace TinyJepa.Samples.BouncingBall;

/// <summary>
/// The ceiling: a network of two layers of 128 that is trained on the true state. What it cannot predict from a noisy window of that length,
/// no encoder of the window can either.
/// </summary>
internal static class Supervised
{
    const int Hidden = 128, Epochs = 12, Batch = 256;

    /// <returns>Its R² on fresh trajectories.</returns>
    public static ProbeR2 Of(TrajectorySets sets, int window, long seed, CancellationToken cancellation)
    {
        using var scope = Scope.Begin();
        var (pool, fresh) = (new Observations(sets.Pool, window), new Observations(sets.Fresh, window));
        Tensor windows = pool.Windows, labels = pool.Labels;
        var (mean, std) = (labels.Mean(axis: 0), labels.Variance(axis: 0).Sqrt());
        var targets = (labels - mean) / std;

        var p = new Parameters(seed);
        var net = new Mlp(p["net"], [windows.Shape[1], Hidden, Hidden, labels.Shape[1]], Activation.Relu);
        var adam = new Adam(p);
        var batches = new Batches(pool.Count, Batch, new Rng(seed)["supervised"]);
        var steps = Epochs * (pool.Count / Batch);
        var schedule = new Schedule { Peak = 1e-3f, Steps = steps };
        for (var step = 0; step < steps; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var tape = Tape.Begin();
            var rows = batches.Next();
            tape.Backward(Mse.Of(net.Forward(windows.Gather(rows)), targets.Gather(rows)));
            adam.LearningRate = schedule.At(step);
            adam.Step();
        }

        return ProbeR2.Of(ProbeScore.Of(net.Forward(fresh.Windows) * std + mean, fresh.Labels));
    }
}
