namespace TinyJepa.Planning;

/// <summary>A sequence of actions and its cost. A planner has one plan and overwrites it at every call.</summary>
public sealed class Plan
{
    readonly float[] _actions;

    internal Plan(int horizon, int actionDim) => (Horizon, ActionDim, _actions) = (horizon, actionDim, new float[horizon * actionDim]);

    /// <summary>Number of actions.</summary>
    public int Horizon { get; }

    /// <summary>Elements of an action; for one-hot actions the number of choices.</summary>
    public int ActionDim { get; }

    /// <summary>The plan's cost; infinite before the first call.</summary>
    public float Cost { get; private set; } = float.PositiveInfinity;

    /// <summary>All actions, [horizon·actionDim].</summary>
    public ReadOnlySpan<float> Actions => _actions;

    /// <summary>One action, [actionDim].</summary>
    /// <param name="step">Counted from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such step.</exception>
    public ReadOnlySpan<float> this[int step] => (uint)step < (uint)Horizon
        ? _actions.AsSpan(step * ActionDim, ActionDim)
        : throw new ArgumentOutOfRangeException(nameof(step), step, $"The plan has {Horizon} actions, 0 to {Horizon - 1}.");

    /// <summary>The choice at a step: the index of the largest element of its action.</summary>
    /// <param name="step">Counted from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such step.</exception>
    public int Choice(int step)
    {
        var action = this[step];
        var best = 0;
        for (var i = 1; i < action.Length; i++)
            if (action[i] > action[best]) best = i;
        return best;
    }

    /// <summary>
    /// Removes the first actions after they were carried out and returns the rest as a start for the next call: later actions move to the front,
    /// zeros follow. A planner of choices starts from uniform probabilities where actions are zero.
    /// </summary>
    /// <param name="steps">Number of actions that were carried out.</param>
    /// <returns>[horizon·actionDim], this plan's own memory.</returns>
    public ReadOnlySpan<float> Shift(int steps)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(steps);
        var gone = Math.Min(steps, Horizon) * ActionDim;
        _actions.AsSpan(gone).CopyTo(_actions);
        _actions.AsSpan(_actions.Length - gone).Clear();
        Cost = float.PositiveInfinity;
        return _actions;
    }

    internal void Forget() => Cost = float.PositiveInfinity;

    /// <summary>Takes over a plan if it is cheaper.</summary>
    internal void Offer(ReadOnlySpan<float> actions, float cost)
    {
        if (!(cost < Cost)) return;
        actions.CopyTo(_actions);
        Cost = cost;
    }
}
