namespace TinyJepa.Planning;

/// <summary>
/// Exhaustive search over all sequences of choices. With a horizon of one it is one-step model-predictive control. Of equally cheap sequences it
/// takes the first in lexicographic order.
/// </summary>
public sealed class Lookahead : Planner
{
    /// <summary>Sequences evaluated at once.</summary>
    const int BatchSize = 1024;

    readonly float[] _plans, _costs;
    readonly int _rows;

    /// <param name="choices">Number of choices at every step; an action is a one-hot vector.</param>
    /// <param name="horizon">Actions in a plan.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are more than a million sequences.</exception>
    public Lookahead(int choices, int horizon = 1) : base(horizon, choices)
    {
        var rows = 1L;
        for (var step = 0; step < horizon && rows <= 1_000_000; step++) rows *= choices;
        if (rows > 1_000_000)
            throw new ArgumentOutOfRangeException(nameof(horizon), horizon, $"{choices} choices in {horizon} steps are more than a million sequences: sample " +
                $"them, for example with {nameof(CategoricalCem)}.");
        _rows = (int)rows;
        (_plans, _costs) = (new float[Math.Min(_rows, BatchSize) * Length], new float[_rows]);
    }

    /// <summary>The cost of every sequence at the last call, [choices^horizon], in lexicographic order.</summary>
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
