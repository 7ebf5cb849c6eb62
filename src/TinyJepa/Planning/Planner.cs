namespace TinyJepa.Planning;

/// <summary>
/// Searches for the sequence of actions with the lowest cost. It knows no model: the cost is a function of the plans, usually the distance of a
/// predicted final latent from a goal. A call returns the cheapest plan that it evaluated, so more iterations never give a worse plan.
/// </summary>
/// <remarks>A planner has its own random stream: the same seed and the same calls give the same plans. It is not thread-safe.</remarks>
/// <example><code>
/// var planner = new Cem(horizon: 5, ActionBounds.Box(2, −1, 1), new Rng(1));
/// var plan = planner.Plan(plans => (model.Rollout(z0, plans) − goal).Square().Sum(−1));
/// world.Do(plan[0]);
/// plan = planner.Plan(cost, start: plan.Shift(1));                   // the next call starts from the remaining actions
/// </code></example>
public abstract class Planner
{
    readonly float[] _start;

    private protected Planner(int horizon, int actionDim)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(horizon, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(actionDim, 1);
        (Horizon, ActionDim, _start) = (horizon, actionDim, new float[horizon * actionDim]);
        Best = new Plan(horizon, actionDim);
    }

    /// <summary>Actions in a plan.</summary>
    public int Horizon { get; }

    /// <summary>Elements of an action.</summary>
    public int ActionDim { get; }

    /// <summary>Where plans are handed to the cost function: the backend of the model in it.</summary>
    public Backend Backend { get; init; } = Backend.Default;

    /// <summary>The cheapest plan of the last call.</summary>
    public Plan Best { get; }

    /// <summary>The number of plans that the last call evaluated.</summary>
    public long Evaluated { get; private set; }

    /// <summary>Elements of a plan.</summary>
    private protected int Length => _start.Length;

    /// <summary>Searches for the cheapest plan.</summary>
    /// <param name="cost">
    /// Maps plans, [plans, horizon, actionDim], to one cost each. It runs in its own scope; a plan with a cost of NaN is never
    /// taken.
    /// </param>
    /// <param name="start">Where to begin, [horizon·actionDim]; usually <see cref="Planning.Plan.Shift"/> of the plan before.</param>
    /// <returns><see cref="Best"/>: the next call overwrites it.</returns>
    /// <exception cref="ArgumentException">The start has another length, or the cost function returns more or fewer costs than plans.</exception>
    /// <exception cref="InvalidOperationException">No plan has a finite cost.</exception>
    public Plan Plan(Func<Tensor, Tensor> cost, ReadOnlySpan<float> start = default)
    {
        ArgumentNullException.ThrowIfNull(cost);
        if (!start.IsEmpty && start.Length != Length)
            throw new ArgumentException($"A start of {start.Length} elements is not a plan of {Horizon} actions of {ActionDim} elements: it must " +
                $"have {Length}.", nameof(start));
        if (start.IsEmpty) _start.AsSpan().Clear();
        else start.CopyTo(_start);
        Best.Forget();
        Evaluated = 0;
        Search(cost, _start);
        if (float.IsPositiveInfinity(Best.Cost)) throw new InvalidOperationException(
            $"None of the {Evaluated} plans has a finite cost. Check what the cost function, or the model in it, returns.");
        return Best;
    }

    /// <summary>Runs the search; every plan it evaluates is offered to <see cref="Best"/>.</summary>
    /// <param name="cost">The cost function.</param>
    /// <param name="start">Where to begin; zeros if the caller gave no start.</param>
    private protected abstract void Search(Func<Tensor, Tensor> cost, ReadOnlySpan<float> start);

    /// <summary>Evaluates plans and keeps the cheapest, of equal ones the first.</summary>
    /// <param name="cost">The cost function.</param>
    /// <param name="plans">[count·horizon·actionDim]</param>
    /// <param name="costs">[count]; NaN becomes infinity.</param>
    private protected void Evaluate(Func<Tensor, Tensor> cost, ReadOnlySpan<float> plans, Span<float> costs)
    {
        using var scope = Scope.Begin();
        Take(cost(Tensor.From(plans, [costs.Length, Horizon, ActionDim], Backend)), plans, costs);
    }

    /// <summary>Reads costs and keeps the cheapest plan.</summary>
    private protected void Take(Tensor computed, ReadOnlySpan<float> plans, Span<float> costs)
    {
        if (computed.Length != costs.Length)
            throw new ArgumentException($"The cost function returned {computed.Shape} for {costs.Length} plans: it must return one " +
                "cost per plan.", nameof(computed));
        computed.CopyTo(costs);
        Evaluated += costs.Length;
        for (var i = 0; i < costs.Length; i++)
        {
            if (float.IsNaN(costs[i])) costs[i] = float.PositiveInfinity;
            Best.Offer(plans.Slice(i * Length, Length), costs[i]);
        }
    }
}
