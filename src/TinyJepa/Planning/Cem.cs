namespace TinyJepa.Planning;

/// <summary>
/// The cross-entropy method: sample plans from a normal distribution, select the cheapest, refit mean and standard deviation to them, repeat
/// (Rubinstein &amp; Kroese 2004).
/// The defaults are LeWorldModel's, which returns the last mean; here the last mean is evaluated too, and the cheapest plan of all is returned.
/// </summary>
public sealed class Cem : Planner
{
    readonly ActionBounds _bounds;
    readonly Rng _rng;
    readonly float[] _mean, _std;
    float[] _plans = [], _costs = [];
    Ranking _ranking;

    /// <param name="horizon">Actions in a plan.</param>
    /// <param name="bounds">The bounds of actions; samples are clipped to them.</param>
    /// <param name="rng">The random stream of the plans.</param>
    public Cem(int horizon, ActionBounds bounds, Rng rng) : base(horizon, bounds?.Dim ?? throw new ArgumentNullException(nameof(bounds)))
    {
        ArgumentNullException.ThrowIfNull(rng);
        (_bounds, _rng, _mean, _std) = (bounds, rng, new float[Length], new float[Length]);
    }

    /// <summary>Plans per iteration. The first is the mean.</summary>
    public int Samples { get; init; } = 300;

    /// <summary>Number of cheapest plans that mean and standard deviation are refitted to.</summary>
    public int Elites { get; init; } = 30;

    /// <summary>Number of iterations.</summary>
    public int Iterations { get; init; } = 30;

    /// <summary>The initial standard deviation of every element.</summary>
    public float Std { get; init; } = 1f;

    /// <summary>The minimum standard deviation, which keeps the search from converging too early.</summary>
    public float Floor { get; init; }

    /// <summary>The weight of the old mean and standard deviation at every refit, in [0, 1).</summary>
    public float Momentum { get; init; }

    /// <summary>The mean after the last refit, [horizon·actionDim].</summary>
    public ReadOnlySpan<float> Mean => _mean;

    private protected override void Search(Func<Tensor, Tensor> cost, ReadOnlySpan<float> start)
    {
        if (_costs.Length == 0) Prepare();
        start.CopyTo(_mean);
        _bounds.Clip(_mean);
        Array.Fill(_std, Std);
        for (var iteration = 0; iteration < Iterations; iteration++)
        {
            Draw();
            Evaluate(cost, _plans, _costs);
            _ranking.Sort(_costs);
            Refit();
        }

        Evaluate(cost, _mean, _costs.AsSpan(0, 1));
    }

    void Prepare()
    {
        if (Elites < 2 || Samples < Elites || Iterations < 1 || !(Std > 0f) || !(Floor >= 0f) || !(Momentum >= 0f && Momentum < 1f))
        {
            throw new InvalidOperationException(
                $"{Samples} samples, {Elites} elites, {Iterations} iterations, std {Std}, floor {Floor} and momentum {Momentum} are not valid: there " +
                "must be at least 2 elites, as many samples, 1 iteration, a std above 0, a floor of at least 0 and a momentum in [0, 1).");
        }

        (_plans, _costs, _ranking) = (new float[Samples * Length], new float[Samples], new Ranking(Samples));
    }

    void Draw()
    {
        _rng.FillNormal(_plans);
        _mean.CopyTo(_plans, 0);
        for (var i = Length; i < _plans.Length; i++) _plans[i] = _mean[i % Length] + _std[i % Length] * _plans[i];
        _bounds.Clip(_plans);
    }

    void Refit()
    {
        for (var j = 0; j < Length; j++)
        {
            double sum = 0, squares = 0;
            for (var rank = 0; rank < Elites; rank++) sum += _plans[_ranking[rank] * Length + j];
            var mean = sum / Elites;
            for (var rank = 0; rank < Elites; rank++)
            {
                var off = _plans[_ranking[rank] * Length + j] - mean;
                squares += off * off;
            }

            var std = (float)Math.Sqrt(squares / (Elites - 1));
            _mean[j] = Momentum * _mean[j] + (1f - Momentum) * (float)mean;
            _std[j] = Math.Max(Floor, Momentum * _std[j] + (1f - Momentum) * std);
        }
    }
}
