namespace TinyJepa.Planning;

/// <summary>
/// Looks for the row of actions that costs least. It knows no model: what a plan costs is the answer of a function, usually the distance of an
/// imagined end from a goal. The cheapest plan that was ever evaluated in a call is what the call gives, so searching on never makes it worse.
/// </summary>
/// <remarks>A planner draws from its own stream: the same seed and the same calls give the same plans. It is not for several threads at once.</remarks>
/// <example><code>
/// var planner = new Cem(horizon: 5, ActionBounds.Box(2, −1, 1), new Rng(1));
/// var plan = planner.Plan(plans => (model.Rollout(z0, plans) − goal).Square().Sum(−1));
/// world.Do(plan[0]);
/// plan = planner.Plan(cost, start: plan.Shift(1));                   // the next round starts from what is left
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

    /// <summary>Numbers of an action.</summary>
    public int ActionDim { get; }

    /// <summary>Where plans are handed to the cost function: the backend of the model in it.</summary>
    public Backend Backend { get; init; } = Backend.Default;

    /// <summary>The cheapest plan of the last call.</summary>
    public Plan Best { get; }

    /// <summary>How many plans the last call evaluated.</summary>
    public long Evaluated { get; private set; }

    /// <summary>Numbers of a plan.</summary>
    private protected int Length => _start.Length;

    /// <summary>Looks for the cheapest plan.</summary>
    /// <param name="cost">
    /// From plans, [plans, horizon, actionDim], to what each costs, as many numbers. It runs in a scope of its own; a plan whose cost is not a
    /// number is never taken.
    /// </param>
    /// <param name="start">Where to begin, [horizon·actionDim]; usually <see cref="Planning.Plan.Shift"/> of the plan before.</param>
    /// <returns><see cref="Best"/>: the next call overwrites it.</returns>
    /// <exception cref="ArgumentException">The start has another length, or the cost function gives more or fewer costs than plans.</exception>
    /// <exception cref="InvalidOperationException">No plan has a cost.</exception>
    public Plan Plan(Func<Tensor, Tensor> cost, ReadOnlySpan<float> start = default)
    {
        ArgumentNullException.ThrowIfNull(cost);
        if (!start.IsEmpty && start.Length != Length)
            throw new ArgumentException($"A start of {start.Length} numbers is no plan of {Horizon} actions of {ActionDim} numbers: it must have {Length}.", nameof(start));
        if (start.IsEmpty) _start.AsSpan().Clear();
        else start.CopyTo(_start);
        Best.Forget();
        Evaluated = 0;
        Search(cost, _start);
        if (float.IsPositiveInfinity(Best.Cost)) throw new InvalidOperationException(
            $"None of the {Evaluated} plans has a cost: all are infinite or not numbers. Look at what the cost function, or the model in it, gives.");
        return Best;
    }

    /// <summary>Looks for a plan; every plan it evaluates is offered to <see cref="Best"/>.</summary>
    /// <param name="cost">What plans cost.</param>
    /// <param name="start">Where to begin: zeros where the caller has no wish.</param>
    private protected abstract void Search(Func<Tensor, Tensor> cost, ReadOnlySpan<float> start);

    /// <summary>Evaluates plans and keeps the cheapest; of equal ones the first.</summary>
    /// <param name="cost">What plans cost.</param>
    /// <param name="plans">[count·horizon·actionDim]</param>
    /// <param name="costs">[count]; what is not a number becomes infinite.</param>
    private protected void Evaluate(Func<Tensor, Tensor> cost, ReadOnlySpan<float> plans, Span<float> costs)
    {
        using var scope = Scope.Begin();
        Take(cost(Tensor.From(plans, [costs.Length, Horizon, ActionDim], Backend)), plans, costs);
    }

    /// <summary>Reads off costs and keeps the cheapest plan.</summary>
    private protected void Take(Tensor answer, ReadOnlySpan<float> plans, Span<float> costs)
    {
        if (answer.Length != costs.Length)
            throw new ArgumentException($"The cost function answers {answer.Shape} for {costs.Length} plans: it must give each plan one cost.", nameof(answer));
        answer.CopyTo(costs);
        Evaluated += costs.Length;
        for (var i = 0; i < costs.Length; i++)
        {
            if (float.IsNaN(costs[i])) costs[i] = float.PositiveInfinity;
            Best.Offer(plans.Slice(i * Length, Length), costs[i]);
        }
    }
}
