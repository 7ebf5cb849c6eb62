using TinyJepa.Analysis;
using TinyJepa.Data;
using TinyJepa.Losses;
using TinyJepa.Nn;
using TinyJepa.Optim;

namespace TinyJepa.Samples.BouncingBall;

/// <summary>
/// The ceiling: a network of two layers of 128 that is shown the true state and asked for it. What it cannot read off a noisy window of that
/// length, no encoder of the window can be blamed for.
/// </summary>
internal static class Supervised
{
    const int Hidden = 128, Epochs = 12, Batch = 256;

    /// <returns>What it reads on fresh trajectories.</returns>
    public static Reading Of(Films films, int window, long seed, CancellationToken cancellation)
    {
        using var scope = Scope.Begin();
        var (pool, fresh) = (new Sights(films.Pool, window), new Sights(films.Fresh, window));
        Tensor windows = pool.Windows, labels = pool.Labels;
        var (mean, unit) = (labels.Mean(axis: 0), labels.Variance(axis: 0).Sqrt());
        var targets = (labels - mean) / unit;

        var p = new Parameters(seed);
        var net = new Mlp(p["net"], [windows.Shape[1], Hidden, Hidden, labels.Shape[1]], Activation.Relu);
        var adam = new Adam(p);
        var batches = new Batches(pool.Count, Batch, new Rng(seed)["supervised"]);
        var steps = Epochs * (pool.Count / Batch);
        var calm = new Schedule { Peak = 1e-3f, Steps = steps };
        for (var step = 0; step < steps; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var tape = Tape.Begin();
            var rows = batches.Next();
            tape.Backward(Mse.Of(net.Forward(windows.Gather(rows)), targets.Gather(rows)));
            adam.LearningRate = calm.At(step);
            adam.Step();
        }

        return Reading.Of(ProbeScore.Of(net.Forward(fresh.Windows) * unit + mean, fresh.Labels));
    }
}
