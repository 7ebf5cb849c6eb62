using TinyJepa.Analysis;

namespace TinyJepa.Samples.BouncingBall;

/// <summary>A model as the page shows it: the weights, a probe of their latents, and the cloud of latents of fresh windows.</summary>
internal sealed class LiveBall : PageModel
{
    readonly BallModel _model;
    readonly LinearProbe _probe;

    /// <param name="model">Weights that no training changes any more.</param>
    /// <param name="sets">The probe is fitted on the pool and measured on the fresh trajectories.</param>
    /// <param name="step">The step of training they come from.</param>
    /// <param name="steps">All steps.</param>
    /// <param name="seconds">The time it took to get there.</param>
    public LiveBall(BallModel model, TrajectorySets sets, int step, int steps, double seconds) : base(model, model.Recipe.Name, step, steps, seconds)
    {
        _model = model;
        using var scope = Scope.Begin();
        var (pool, fresh) = (new Observations(sets.Pool, Recipe.Window), new Observations(sets.Fresh, Recipe.Window));
        var latents = model.Encode(pool.Windows);
        _probe = LinearProbe.Fit(latents, pool.Labels);
        R2 = ProbeR2.Of(_probe.Score(model.Encode(fresh.Windows), fresh.Labels));
        Stds = [.. Collapse.Std(latents).OrderDescending()];
        Cloud = new Cloud(model, sets.Fresh);
    }

    public Recipe Recipe => _model.Recipe;

    /// <summary>R² of the probe on fresh trajectories.</summary>
    public ProbeR2 R2 { get; }

    /// <summary>Standard deviation of each dimension, largest first.</summary>
    public double[] Stds { get; }

    public Cloud Cloud { get; }

    /// <summary>The state now and later, as the probe estimates it from the latents.</summary>
    /// <param name="window">[K], the oldest frame first.</param>
    /// <param name="direction">sign(v) at its last frame, for the recipe with an action.</param>
    public Estimate Estimate(ReadOnlySpan<float> window, float direction)
    {
        using var scope = Scope.Begin();
        var z = _model.Encode(Tensor.From(window, [1, window.Length]));
        var later = _model.Predict(z, Recipe.Action ? Tensor.From([direction], [1, 1]) : null);
        var (now, then) = (_probe.Predict(z).ToArray(), _probe.Predict(later).ToArray());
        return new Estimate(now[0], now[1], then[0], then[1], Cloud.Place(z));
    }
}

/// <summary>What a probe reads from the latent of a window: the state now, the state predicted for later, the place in the cloud.</summary>
internal readonly record struct Estimate(float X, float V, float LaterX, float LaterV, float[] Place);
