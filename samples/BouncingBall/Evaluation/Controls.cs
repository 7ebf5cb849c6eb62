using TinyJepa.Analysis;

namespace TinyJepa.Samples.BouncingBall;

/// <summary>What the same windows give without the model. A figure that does not beat these means nothing.</summary>
internal sealed record Controls
{
    public required int Window { get; init; }

    /// <summary>Least squares from the window itself.</summary>
    public required Reading Raw { get; init; }

    /// <summary>Least squares from the window and sign(v).</summary>
    public required Reading RawAndDirection { get; init; }

    /// <summary>Least squares from sign(v) alone.</summary>
    public required Reading Direction { get; init; }

    /// <summary>Least squares from the window without its noise: what bounces alone cost a linear reader.</summary>
    public required Reading Clean { get; init; }

    /// <summary>Least squares from the latents of encoders that were never trained, one for each seed.</summary>
    public required Reading[] Untrained { get; init; }

    /// <summary>A network that is told the answers, one for each seed: the ceiling.</summary>
    public required Reading[] Ceiling { get; init; }

    /// <param name="films">Fitted on the pool, judged on the fresh trajectories.</param>
    /// <param name="recipe">Decides the window and the untrained encoder.</param>
    /// <param name="seeds">Of the untrained encoders and the ceiling.</param>
    /// <param name="cancellation">Ends the ceiling's training.</param>
    public static Controls Of(Films films, Recipe recipe, IReadOnlyList<long> seeds, CancellationToken cancellation)
    {
        using var scope = Scope.Begin();
        var (pool, fresh) = (new Sights(films.Pool, recipe.Window), new Sights(films.Fresh, recipe.Window));
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
                var model = new BallModel(recipe, films.Pool.Width, seed);
                return Probe(model.Encode(windows), model.Encode(freshWindows));
            })],
            Ceiling = [.. seeds.Select(seed => Supervised.Of(films, recipe.Window, seed, cancellation))],
        };

        Reading Probe(Tensor fitted, Tensor judged) => Reading.Of(LinearProbe.Fit(fitted, pool.Labels).Score(judged, fresh.Labels));
    }
}
