namespace TinyJepa.Planning;

/// <summary>
/// The cross-entropy method: draw plans around a mean, keep the cheapest, refit mean and deviation to them, repeat (Rubinstein &amp; Kroese 2004).
/// The defaults are LeWorldModel's, which takes the last mean for its plan; here that mean is priced with the rest and the cheapest wins.
/// </summary>
public sealed class Cem : Planner
{
    readonly ActionBounds _bounds;
    readonly Rng _rng;
    readonly float[] _mean, _deviation;
    float[] _plans = [], _prices = [];
    Ranking _ranking;

    /// <param name="horizon">Actions in a plan.</param>
    /// <param name="bounds">Where actions may lie.</param>
    /// <param name="rng">The stream of the plans.</param>
    public Cem(int horizon, ActionBounds bounds, Rng rng) : base(horizon, bounds?.Dim ?? throw new ArgumentNullException(nameof(bounds)))
    {
        ArgumentNullException.ThrowIfNull(rng);
        (_bounds, _rng, _mean, _deviation) = (bounds, rng, new float[Length], new float[Length]);
    }

    /// <summary>Plans of an iteration. The first is the mean.</summary>
    public int Samples { get; init; } = 300;

    /// <summary>How many of them the next mean and deviation are fitted to.</summary>
    public int Elites { get; init; } = 30;

    /// <summary>How often.</summary>
    public int Iterations { get; init; } = 30;

    /// <summary>The deviation of every number to begin with.</summary>
    public float Deviation { get; init; } = 1f;

    /// <summary>The least deviation: keeps the search from freezing.</summary>
    public float Floor { get; init; }

    /// <summary>How much of mean and deviation stays as it was at every refit, in [0, 1).</summary>
    public float Inertia { get; init; }

    /// <summary>The mean after the last refit, [horizon·actionDim].</summary>
    public ReadOnlySpan<float> Mean => _mean;

    private protected override void Search(Func<Tensor, Tensor> price, ReadOnlySpan<float> start)
    {
        if (_prices.Length == 0) Prepare();
        start.CopyTo(_mean);
        _bounds.Clip(_mean);
        Array.Fill(_deviation, Deviation);
        for (var iteration = 0; iteration < Iterations; iteration++)
        {
            Draw();
            Price(price, _plans, _prices);
            _ranking.Sort(_prices);
            Refit();
        }

        Price(price, _mean, _prices.AsSpan(0, 1));
    }

    void Prepare()
    {
        if (Elites < 2 || Samples < Elites || Iterations < 1 || !(Deviation > 0f) || !(Floor >= 0f) || !(Inertia >= 0f && Inertia < 1f)) throw new InvalidOperationException(
            $"{Samples} samples, {Elites} elites, {Iterations} iterations, deviation {Deviation}, floor {Floor} and inertia {Inertia} do not make a search: it needs at least 2 elites, as many samples, 1 iteration, a deviation above 0, a floor of at least 0 and an inertia in [0, 1).");
        (_plans, _prices, _ranking) = (new float[Samples * Length], new float[Samples], new Ranking(Samples));
    }

    void Draw()
    {
        _rng.FillNormal(_plans);
        _mean.CopyTo(_plans, 0);
        for (var i = Length; i < _plans.Length; i++) _plans[i] = _mean[i % Length] + _deviation[i % Length] * _plans[i];
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

            var deviation = (float)Math.Sqrt(squares / (Elites - 1));
            _mean[j] = Inertia * _mean[j] + (1f - Inertia) * (float)mean;
            _deviation[j] = Math.Max(Floor, Inertia * _deviation[j] + (1f - Inertia) * deviation);
        }
    }
}
