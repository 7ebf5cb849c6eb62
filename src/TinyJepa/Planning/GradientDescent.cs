namespace TinyJepa.Planning;

/// <summary>
/// Gradient descent on the plans through the model with Adam (Kingma &amp; Ba 2015), from several starts in parallel; every step is clipped to the
/// bounds. The cost must be computed from the plans by differentiable operations only.
/// </summary>
/// <remarks>The model's parameters are constants and its layers compute as outside training: see <see cref="Tape.BeginFrozen"/>.</remarks>
public sealed class GradientDescent : Planner
{
    const float Beta1 = 0.9f, Beta2 = 0.999f, Epsilon = 1e-8f;

    readonly ActionBounds _bounds;
    readonly Rng _rng;
    float[] _plans = [], _costs = [], _gradient = [], _m = [], _v = [];

    /// <param name="horizon">Actions in a plan.</param>
    /// <param name="bounds">The bounds of actions; plans are clipped to them.</param>
    /// <param name="rng">The random stream of the starts.</param>
    public GradientDescent(int horizon, ActionBounds bounds, Rng rng) : base(horizon, bounds?.Dim ?? throw new ArgumentNullException(nameof(bounds)))
    {
        ArgumentNullException.ThrowIfNull(rng);
        (_bounds, _rng) = (bounds, rng);
    }

    /// <summary>Number of plans optimised in parallel, against local minima. The first begins at the start itself.</summary>
    public int Starts { get; init; } = 16;

    /// <summary>Optimiser steps.</summary>
    public int Steps { get; init; } = 100;

    /// <summary>About how far an element moves in one step.</summary>
    public float LearningRate { get; init; } = 0.05f;

    /// <summary>The standard deviation of the other starts around the first.</summary>
    public float Std { get; init; } = 1f;

    private protected override void Search(Func<Tensor, Tensor> cost, ReadOnlySpan<float> start)
    {
        if (_costs.Length == 0) Prepare();
        _rng.FillNormal(_plans);
        for (var i = 0; i < _plans.Length; i++) _plans[i] = start[i % Length] + (i < Length ? 0f : Std * _plans[i]);
        _bounds.Clip(_plans);
        _m.AsSpan().Clear();
        _v.AsSpan().Clear();
        var (power1, power2) = (1f, 1f);
        for (var step = 0; step < Steps; step++)
        {
            Differentiate(cost);
            (power1, power2) = (power1 * Beta1, power2 * Beta2);
            Move(1f - power1, 1f - power2);
        }

        Evaluate(cost, _plans, _costs);
    }

    void Prepare()
    {
        if (Starts < 1 || Steps < 1 || !(LearningRate > 0f) || !(Std >= 0f)) throw new InvalidOperationException(
            $"{Starts} starts, {Steps} steps, learning rate {LearningRate} and std {Std} are not valid: all must be above 0, the std at least 0.");
        var length = Starts * Length;
        (_plans, _costs, _gradient, _m, _v) = (new float[length], new float[Starts], new float[length], new float[length], new float[length]);
    }

    /// <summary>Evaluates the plans and the gradient of each plan's cost.</summary>
    void Differentiate(Func<Tensor, Tensor> cost)
    {
        using var tape = Tape.BeginFrozen();
        var plans = tape.Watch(Tensor.From(_plans, [Starts, Horizon, ActionDim], Backend));
        var costs = cost(plans);
        Take(costs, _plans, _costs);
        if (!Tape.Tracks(costs))
            throw new InvalidOperationException("The cost has no gradient: it is not computed from the plans by differentiable operations. Use a planner " +
                "that samples, such as Cem.");
        // A plan's cost does not depend on other plans, so the gradient of the sum holds the gradient of every plan.
        tape.Backward(costs.Sum());
        tape.Gradient(plans).CopyTo(_gradient);
    }

    void Move(float correction1, float correction2)
    {
        for (var i = 0; i < _plans.Length; i++)
        {
            var slope = float.IsFinite(_gradient[i]) ? _gradient[i] : 0f;
            _m[i] = Beta1 * _m[i] + (1f - Beta1) * slope;
            _v[i] = Beta2 * _v[i] + (1f - Beta2) * slope * slope;
            _plans[i] -= LearningRate * (_m[i] / correction1) / (MathF.Sqrt(_v[i] / correction2) + Epsilon);
        }

        _bounds.Clip(_plans);
    }
}
