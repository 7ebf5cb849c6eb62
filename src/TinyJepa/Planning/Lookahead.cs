namespace TinyJepa.Planning;

/// <summary>
/// Tries every row of choices. With a horizon of one it is one-step model-predictive control: evaluate each choice, take the cheapest, look again.
/// Of equally cheap rows it takes the first, counting the first step's choice slowest.
/// </summary>
public sealed class Lookahead : Planner
{
    /// <summary>Rows evaluated at once.</summary>
    const int BatchSize = 1024;

    readonly float[] _plans, _costs;
    readonly int _rows;

    /// <param name="choices">How many choices every step has; an action is one 1 among that many numbers.</param>
    /// <param name="horizon">Steps in a row.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are more than a million rows.</exception>
    public Lookahead(int choices, int horizon = 1) : base(horizon, choices)
    {
        var rows = 1L;
        for (var step = 0; step < horizon && rows <= 1_000_000; step++) rows *= choices;
        if (rows > 1_000_000) throw new ArgumentOutOfRangeException(nameof(horizon), horizon, $"{choices} choices in {horizon} steps are more than a million rows: sample them, for example with {nameof(CategoricalCem)}.");
        _rows = (int)rows;
        (_plans, _costs) = (new float[Math.Min(_rows, BatchSize) * Length], new float[_rows]);
    }

    /// <summary>What each row cost at the last call, [choices^horizon].</summary>
    public ReadOnlySpan<float> Costs => _costs;

    private protected override void Search(Func<Tensor, Tensor> cost, ReadOnlySpan<float> start)
    {
        for (var first = 0; first < _rows; first += BatchSize)
        {
            var count = Math.Min(BatchSize, _rows - first);
            var plans = _plans.AsSpan(0, count * Length);
            plans.Clear();
            for (var i = 0; i < count; i++)
            {
                var rest = first + i;
                for (var step = Horizon - 1; step >= 0; step--, rest /= ActionDim) plans[i * Length + step * ActionDim + rest % ActionDim] = 1f;
            }

            Evaluate(cost, plans, _costs.AsSpan(first, count));
        }
    }
}
