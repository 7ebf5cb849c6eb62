namespace TinyJepa.Planning;

/// <summary>
/// Random shooting: evaluate many random plans, take the cheapest. The baseline for other planners. For discrete choices, use
/// <see cref="CategoricalCem"/> with one iteration.
/// </summary>
public sealed class RandomShooting : Planner
{
    readonly ActionBounds _bounds;
    readonly Rng _rng;
    float[] _plans = [], _costs = [];

    /// <param name="horizon">Actions in a plan.</param>
    /// <param name="bounds">The bounds between which every element is drawn uniformly.</param>
    /// <param name="rng">The random stream of the plans.</param>
    /// <exception cref="ArgumentException">A bound is infinite.</exception>
    public RandomShooting(int horizon, ActionBounds bounds, Rng rng) : base(horizon, bounds?.Dim ?? throw new ArgumentNullException(nameof(bounds)))
    {
        ArgumentNullException.ThrowIfNull(rng);
        if (!bounds.AreFinite) throw new ArgumentException("Plans are drawn uniformly between the bounds: all bounds must be finite.", nameof(bounds));
        (_bounds, _rng) = (bounds, rng);
    }

    /// <summary>Number of plans. The first is the start.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int Samples
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 1000;

    private protected override void Search(Func<Tensor, Tensor> cost, ReadOnlySpan<float> start)
    {
        if (_costs.Length == 0) (_plans, _costs) = (new float[Samples * Length], new float[Samples]);
        start.CopyTo(_plans);
        _bounds.Clip(_plans.AsSpan(0, Length));
        var drawn = _plans.AsSpan(Length);
        _rng.FillUniform(drawn);
        for (var i = 0; i < drawn.Length; i++)
        {
            float low = _bounds.Low[i % ActionDim], high = _bounds.High[i % ActionDim];
            drawn[i] = Math.Min(low + drawn[i] * (high - low), high);
        }

        Evaluate(cost, _plans, _costs);
    }
}
