namespace TinyJepa.Planning;

/// <summary>
/// The cross-entropy method over discrete choices: sample sequences of choices from independent probabilities, select the cheapest, refit the
/// probabilities to the frequencies of the choices in them, repeat (Rubinstein &amp; Kroese 2004, §2.5). An action is a one-hot vector.
/// </summary>
public sealed class CategoricalCem : Planner
{
    readonly Rng _rng;
    readonly float[] _probabilities;
    float[] _plans = [], _costs = [], _uniform = [];
    Ranking _ranking;

    /// <param name="horizon">Actions in a plan.</param>
    /// <param name="choices">Number of choices at every step.</param>
    /// <param name="rng">The random stream of the plans.</param>
    public CategoricalCem(int horizon, int choices, Rng rng) : base(horizon, choices)
    {
        ArgumentNullException.ThrowIfNull(rng);
        (_rng, _probabilities) = (rng, new float[Length]);
    }

    /// <summary>Plans per iteration. The first takes the most probable choice at every step.</summary>
    public int Samples { get; init; } = 300;

    /// <summary>Number of cheapest plans that the probabilities are refitted to.</summary>
    public int Elites { get; init; } = 30;

    /// <summary>Number of iterations.</summary>
    public int Iterations { get; init; } = 10;

    /// <summary>The minimum probability of a choice, which keeps the search from converging too early.</summary>
    public float Floor { get; init; } = 0.01f;

    /// <summary>The weight of the old probabilities at every refit, in [0, 1).</summary>
    public float Momentum { get; init; } = 0.1f;

    /// <summary>The weight of the start's choices in the first probabilities, in [0, 1]; the rest is uniform.</summary>
    public float StartWeight { get; init; } = 0.5f;

    /// <summary>The probabilities after the last refit, [horizon·choices].</summary>
    public ReadOnlySpan<float> Probabilities => _probabilities;

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

        MostProbable(_plans.AsSpan(0, Length));
        Evaluate(cost, _plans.AsSpan(0, Length), _costs.AsSpan(0, 1));
    }

    void Prepare()
    {
        var weights = Momentum >= 0f && Momentum < 1f && StartWeight >= 0f && StartWeight <= 1f;
        if (Elites < 1 || Samples < Elites || Iterations < 1 || !(Floor >= 0f && Floor * ActionDim <= 1f) || !weights)
        {
            throw new InvalidOperationException(
                $"{Samples} samples, {Elites} elites, {Iterations} iterations, floor {Floor}, momentum {Momentum} and start weight {StartWeight} " +
                $"are not valid: there must be at least 1 elite, as many samples, 1 iteration, a floor of 0 to 1/{ActionDim}, a momentum in [0, 1) " +
                "and a start weight of 0 to 1.");
        }

        (_plans, _costs, _uniform, _ranking) = (new float[Samples * Length], new float[Samples], new float[Samples * Horizon], new Ranking(Samples));
    }

    /// <summary>Initial probabilities around the start; uniform at steps where it is all zeros.</summary>
    void Begin(ReadOnlySpan<float> start)
    {
        for (var step = 0; step < Horizon; step++)
        {
            var preferred = start.Slice(step * ActionDim, ActionDim);
            var probabilities = _probabilities.AsSpan(step * ActionDim, ActionDim);
            var sum = 0f;
            foreach (var weight in preferred) sum += Math.Max(0f, weight);
            for (var i = 0; i < ActionDim; i++)
                probabilities[i] = sum > 0f ? StartWeight * Math.Max(0f, preferred[i]) / sum + (1f - StartWeight) / ActionDim : 1f / ActionDim;
        }
    }

    void Draw()
    {
        _rng.FillUniform(_uniform);
        _plans.AsSpan().Clear();
        MostProbable(_plans.AsSpan(0, Length));
        for (var row = Horizon; row < _uniform.Length; row++)
        {
            var probabilities = _probabilities.AsSpan(row % Horizon * ActionDim, ActionDim);
            var (choice, left) = (0, _uniform[row]);
            while (choice < ActionDim - 1 && left >= probabilities[choice]) left -= probabilities[choice++];
            _plans[row * ActionDim + choice] = 1f;
        }
    }

    void MostProbable(Span<float> plan)
    {
        plan.Clear();
        for (var step = 0; step < Horizon; step++)
        {
            var probabilities = _probabilities.AsSpan(step * ActionDim, ActionDim);
            var best = 0;
            for (var i = 1; i < ActionDim; i++)
                if (probabilities[i] > probabilities[best]) best = i;
            plan[step * ActionDim + best] = 1f;
        }
    }

    void Refit()
    {
        for (var j = 0; j < Length; j++)
        {
            var count = 0f;
            for (var rank = 0; rank < Elites; rank++) count += _plans[_ranking[rank] * Length + j];
            var probability = Momentum * _probabilities[j] + (1f - Momentum) * count / Elites;
            _probabilities[j] = Floor + (1f - Floor * ActionDim) * probability;      // the sum stays 1
        }
    }
}
