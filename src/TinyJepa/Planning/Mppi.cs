using TinyJepa.Kernels;

namespace TinyJepa.Planning;

/// <summary>
/// Model-predictive path integral control: sample plans around a mean and move the mean to their average with weights exp(−cost/temperature)
/// (Williams et al. 2017, algorithm 2).
/// </summary>
public sealed class Mppi : Planner
{
    readonly ActionBounds _bounds;
    readonly Rng _rng;
    readonly float[] _mean;
    float[] _plans = [], _costs = [], _weights = [];

    /// <param name="horizon">Actions in a plan.</param>
    /// <param name="bounds">The bounds of actions; samples are clipped to them.</param>
    /// <param name="rng">The random stream of the plans.</param>
    public Mppi(int horizon, ActionBounds bounds, Rng rng) : base(horizon, bounds?.Dim ?? throw new ArgumentNullException(nameof(bounds)))
    {
        ArgumentNullException.ThrowIfNull(rng);
        (_bounds, _rng, _mean) = (bounds, rng, new float[Length]);
    }

    /// <summary>Plans per iteration. The first is the mean.</summary>
    public int Samples { get; init; } = 300;

    /// <summary>Number of iterations.</summary>
    public int Iterations { get; init; } = 10;

    /// <summary>The standard deviation of every element around the mean, in the first iteration.</summary>
    public float Std { get; init; } = 1f;

    /// <summary>The factor of the standard deviation after every iteration, in (0, 1].</summary>
    public float StdDecay { get; init; } = 1f;

    /// <summary>The difference in cost for which the weights of two plans differ by a factor of e.</summary>
    public float Temperature { get; init; } = 1f;

    /// <summary>The mean after the last iteration, [horizon·actionDim].</summary>
    public ReadOnlySpan<float> Mean => _mean;

    private protected override void Search(Func<Tensor, Tensor> cost, ReadOnlySpan<float> start)
    {
        if (_costs.Length == 0) Prepare();
        start.CopyTo(_mean);
        _bounds.Clip(_mean);
        var std = Std;
        for (var iteration = 0; iteration < Iterations; iteration++, std *= StdDecay)
        {
            _rng.FillNormal(_plans);
            _mean.CopyTo(_plans, 0);
            for (var i = Length; i < _plans.Length; i++) _plans[i] = _mean[i % Length] + std * _plans[i];
            _bounds.Clip(_plans);
            Evaluate(cost, _plans, _costs);
            if (Weigh()) Average();
        }

        Evaluate(cost, _mean, _costs.AsSpan(0, 1));
    }

    void Prepare()
    {
        if (Samples < 1 || Iterations < 1 || !(Std > 0f) || !(StdDecay > 0f && StdDecay <= 1f) || !(Temperature > 0f)) throw new InvalidOperationException(
            $"{Samples} samples, {Iterations} iterations, std {Std}, std decay {StdDecay} and temperature {Temperature} are not valid: all must be above 0, " +
            "and the std decay at most 1.");
        (_plans, _costs, _weights) = (new float[Samples * Length], new float[Samples], new float[Samples]);
    }

    /// <summary>wᵢ = exp(−(costᵢ − least)/temperature), by this library's own exp: the system's differs between machines in the last bit.</summary>
    /// <returns>Whether any plan has a cost.</returns>
    bool Weigh()
    {
        var least = float.PositiveInfinity;
        foreach (var cost in _costs) least = Math.Min(least, cost);
        if (!float.IsFinite(least)) return false;
        for (var i = 0; i < _costs.Length; i++) _weights[i] = Functions.Exp((least - _costs[i]) / Temperature);
        return true;
    }

    void Average()
    {
        var total = 0.0;
        foreach (var weight in _weights) total += weight;
        for (var j = 0; j < Length; j++)
        {
            var sum = 0.0;
            for (var i = 0; i < Samples; i++) sum += (double)_weights[i] * _plans[i * Length + j];
            _mean[j] = (float)(sum / total);
        }
    }
}
