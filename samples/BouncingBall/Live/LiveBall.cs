using TinyJepa.Analysis;

namespace TinyJepa.Samples.BouncingBall;

/// <summary>A model as the page needs it: weights at rest, the probe that reads them, and the cloud they make of fresh windows.</summary>
internal sealed class LiveBall : ILiveModel
{
    const int Fitted = 60;                  // trajectories of the pool: a probe of 17 numbers needs no more, and a watched training no less speed

    readonly BallModel _networks;
    readonly LinearProbe _probe;

    /// <param name="networks">Weights that nobody will change any more.</param>
    /// <param name="films">The probe is fitted on some of the pool and judged on the fresh ones.</param>
    /// <param name="step">The step of training they come from.</param>
    /// <param name="steps">All steps of the recipe.</param>
    /// <param name="seconds">The time it took to get there.</param>
    public LiveBall(BallModel networks, LiveFilms films, int step, int steps, double seconds)
    {
        (_networks, Step, Steps, TrainSeconds) = (networks, step, steps, seconds);
        Hash = networks.Parameters.Hash();
        using var scope = Scope.Begin();
        var (pool, fresh) = (new Sights(films.Pool, networks.Recipe.Window), new Sights(films.Fresh, networks.Recipe.Window));
        var latents = networks.Encode(pool.Windows);
        _probe = LinearProbe.Fit(latents, pool.Labels);
        Reading = Reading.Of(_probe.Score(networks.Encode(fresh.Windows), fresh.Labels));
        Deviations = [.. Collapse.Std(latents).OrderDescending()];
        Cloud = new Cloud(networks, films.Fresh);
    }

    public Recipe Recipe => _networks.Recipe;

    public int Step { get; }

    public int Steps { get; }

    /// <inheritdoc/>
    public bool IsComplete => Step == Steps;

    public double TrainSeconds { get; }

    public int Count => _networks.Parameters.Count;

    /// <inheritdoc/>
    public string Hash { get; }

    /// <summary>What the probe reads on fresh films.</summary>
    public Reading Reading { get; }

    /// <summary>Deviation of each dimension, largest first.</summary>
    public double[] Deviations { get; }

    public Cloud Cloud { get; }

    /// <summary>What the model makes of a window.</summary>
    /// <param name="window">[K], the oldest frame first.</param>
    /// <param name="direction">sign(v) at its last frame, for the recipe that is told it.</param>
    public Thought Think(ReadOnlySpan<float> window, float direction)
    {
        using var scope = Scope.Begin();
        var z = _networks.Encode(Tensor.From(window, [1, window.Length]));
        var later = _networks.Predict(z, Recipe.Action ? Tensor.From([direction], [1, 1]) : null);
        var (now, then) = (_probe.Predict(z).ToArray(), _probe.Predict(later).ToArray());
        return new Thought(now[0], now[1], then[0], then[1], Cloud.Place(z));
    }

    /// <summary>Films enough for a page, made once.</summary>
    internal sealed class LiveFilms
    {
        public Trajectories Pool { get; } = new(new BallWorld(), Fitted, Films.PoolSeed);

        public Trajectories Fresh { get; } = new(new BallWorld(), Fitted, Films.FreshSeed);
    }
}

/// <summary>What a model makes of a window, as a probe reads it: the state now, the state expected later, the place in the cloud.</summary>
internal readonly record struct Thought(float X, float V, float LaterX, float LaterV, float[] Place);
