using TinyJepa.Analysis;

namespace TinyJepa.Samples.BouncingBall;

/// <summary>What the same windows give without the model. A figure that does not beat these means nothing.</summary>
internal sealed record Controls
{
    public required int Window { get; init; }

    /// <summary>Least squares from the window itself.</summary>
    public required ProbeR2 Raw { get; init; }

    /// <summary>Least squares from the window and sign(v).</summary>
    public required ProbeR2 RawAndDirection { get; init; }

    /// <summary>Least squares from sign(v) alone.</summary>
    public required ProbeR2 Direction { get; init; }

    /// <summary>Least squares from the window without its noise: what the bounces alone cost a linear probe.</summary>
    public required ProbeR2 Clean { get; init; }

    /// <summary>Least squares from the latents of encoders that were never trained, one for each seed.</summary>
    public required ProbeR2[] Untrained { get; init; }

    /// <summary>A network that is trained on the true state, one for each seed: the ceiling.</summary>
    public required ProbeR2[] Ceiling { get; init; }

    /// <param name="sets">Probes are fitted on the pool and measured on the fresh trajectories.</param>
    /// <param name="recipe">Decides the window and the untrained encoder.</param>
    /// <param name="seeds">Of the untrained encoders and the ceiling.</param>
    /// <param name="cancellation">Stops the ceiling's training.</param>
    public static Controls Of(TrajectorySets sets, Recipe recipe, IReadOnlyList<long> seeds, CancellationToken cancellation)
    {
        using var scope = Scope.Begin();
        var (pool, fresh) = (new Observations(sets.Pool, recipe.Window), new Observations(sets.Fresh, recipe.Window));
        Tensor windows = pool.Windows, freshWindows = fresh.Windows, direction = pool.Directions, freshDirection = fresh.Directions;
        return new Controls
        {
            Window = recipe.Window,
            Raw = Probe(windows, freshWindows),
            RawAndDirection = Probe(Tensor.Concat(1, windows, direction), Tensor.Concat(1, freshWindows, freshDirection)),
            Direction = Probe(direction, freshDirection),
            Clean = Probe(pool.CleanWindows, fresh.CleanWindows),
            Untrained = [.. seeds.Select(seed =>
            {
                var model = new BallModel(recipe, sets.Pool.Width, seed);
                return Probe(model.Encode(windows), model.Encode(freshWindows));
            })],
            Ceiling = [.. seeds.Select(seed => Supervised.Of(sets, recipe.Window, seed, cancellation))],
        };

        ProbeR2 Probe(Tensor fitted, Tensor unseen) => ProbeR2.Of(LinearProbe.Fit(fitted, pool.Labels).Score(unseen, fresh.Labels));
    }
}
