namespace TinyJepa.Planning;

/// <summary>
/// The cross-entropy method over choices: draw rows of choices step by step from probabilities, keep the cheapest, refit the probabilities to
/// how often each choice occurs in them, repeat (Rubinstein &amp; Kroese 2004, §2.5). An action is one 1 among as many numbers as there are choices.
/// </summary>
public sealed class CategoricalCem : Planner
{
    readonly Rng _rng;
    readonly float[] _shares;
    float[] _plans = [], _costs = [], _uniform = [];
    Ranking _ranking;

    /// <param name="horizon">Choices in a row.</param>
    /// <param name="choices">How many there are at every step.</param>
    /// <param name="rng">The stream of the plans.</param>
    public CategoricalCem(int horizon, int choices, Rng rng) : base(horizon, choices)
    {
        ArgumentNullException.ThrowIfNull(rng);
        (_rng, _shares) = (rng, new float[Length]);
    }

    /// <summary>Plans of an iteration. The first takes the likeliest choice at every step.</summary>
    public int Samples { get; init; } = 300;

    /// <summary>How many of them the next probabilities are fitted to.</summary>
    public int Elites { get; init; } = 30;

    /// <summary>How often.</summary>
    public int Iterations { get; init; } = 10;

    /// <summary>The least probability of a choice: keeps the search from freezing.</summary>
    public float Floor { get; init; } = 0.01f;

    /// <summary>How much of the probabilities stays as it was at every refit, in [0, 1).</summary>
    public float Momentum { get; init; } = 0.1f;

    /// <summary>How much the search believes its start: the rest is spread evenly.</summary>
    public float StartWeight { get; init; } = 0.5f;

    /// <summary>The probabilities after the last refit, [horizon·choices].</summary>
    public ReadOnlySpan<float> Probabilities => _shares;

    private protected override void Search(Func<Tensor, Tensor> cost, ReadOnlySpan<float> start)
    {
        if (_costs.Length == 0) Prepare();
        Begin(start);
        for (var iteration = 0; iteration < Iterations; iteration++)
        {
            Draw();
            Evaluate(cost, _plans, _costs);
            _ranking.Sort(_costs);
            Refit();
        }

        Likeliest(_plans.AsSpan(0, Length));
        Evaluate(cost, _plans.AsSpan(0, Length), _costs.AsSpan(0, 1));
    }

    void Prepare()
    {
        if (Elites < 1 || Samples < Elites || Iterations < 1 || !(Floor >= 0f && Floor * ActionDim <= 1f) || !(Momentum >= 0f && Momentum < 1f) || !(StartWeight >= 0f && StartWeight <= 1f)) throw new InvalidOperationException(
            $"{Samples} samples, {Elites} elites, {Iterations} iterations, floor {Floor}, momentum {Momentum} and start weight {StartWeight} do not make a search: it needs at least 1 elite, as many samples, 1 iteration, a floor of 0 to 1/{ActionDim}, an momentum in [0, 1) and a start weight of 0 to 1.");
        (_plans, _costs, _uniform, _ranking) = (new float[Samples * Length], new float[Samples], new float[Samples * Horizon], new Ranking(Samples));
    }

    /// <summary>Probabilities around the start; even ones at steps where it is all zeros.</summary>
    void Begin(ReadOnlySpan<float> start)
    {
        for (var step = 0; step < Horizon; step++)
        {
            var wish = start.Slice(step * ActionDim, ActionDim);
            var shares = _shares.AsSpan(step * ActionDim, ActionDim);
            var sum = 0f;
            foreach (var weight in wish) sum += Math.Max(0f, weight);
            for (var i = 0; i < ActionDim; i++)
                shares[i] = sum > 0f ? StartWeight * Math.Max(0f, wish[i]) / sum + (1f - StartWeight) / ActionDim : 1f / ActionDim;
        }
    }

    void Draw()
    {
        _rng.FillUniform(_uniform);
        _plans.AsSpan().Clear();
        Likeliest(_plans.AsSpan(0, Length));
        for (var row = Horizon; row < _uniform.Length; row++)
        {
            var shares = _shares.AsSpan(row % Horizon * ActionDim, ActionDim);
            var (choice, left) = (0, _uniform[row]);
            while (choice < ActionDim - 1 && left >= shares[choice]) left -= shares[choice++];
            _plans[row * ActionDim + choice] = 1f;
        }
    }

    void Likeliest(Span<float> plan)
    {
        plan.Clear();
        for (var step = 0; step < Horizon; step++)
        {
            var shares = _shares.AsSpan(step * ActionDim, ActionDim);
            var best = 0;
            for (var i = 1; i < ActionDim; i++)
                if (shares[i] > shares[best]) best = i;
            plan[step * ActionDim + best] = 1f;
        }
    }

    void Refit()
    {
        for (var j = 0; j < Length; j++)
        {
            var count = 0f;
            for (var rank = 0; rank < Elites; rank++) count += _plans[_ranking[rank] * Length + j];
            var share = Momentum * _shares[j] + (1f - Momentum) * count / Elites;
            _shares[j] = Floor + (1f - Floor * ActionDim) * share;      // still adds up to one
        }
    }
}
