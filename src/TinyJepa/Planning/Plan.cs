namespace TinyJepa.Planning;

/// <summary>A row of actions and what it costs. A planner has one and writes it anew at every call.</summary>
public sealed class Plan
{
    readonly float[] _actions;

    internal Plan(int horizon, int actionDim) => (Horizon, ActionDim, _actions) = (horizon, actionDim, new float[horizon * actionDim]);

    /// <summary>Actions in a row.</summary>
    public int Horizon { get; }

    /// <summary>Numbers of an action; of a choice, how many there are.</summary>
    public int ActionDim { get; }

    /// <summary>What the plan costs; infinite before the first call.</summary>
    public float Cost { get; private set; } = float.PositiveInfinity;

    /// <summary>All actions, [horizon·actionDim].</summary>
    public ReadOnlySpan<float> Actions => _actions;

    /// <summary>One action, [actionDim].</summary>
    /// <param name="step">Counted from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such step.</exception>
    public ReadOnlySpan<float> this[int step] => (uint)step < (uint)Horizon
        ? _actions.AsSpan(step * ActionDim, ActionDim)
        : throw new ArgumentOutOfRangeException(nameof(step), step, $"The plan has {Horizon} actions, 0 to {Horizon - 1}.");

    /// <summary>Which choice a step takes: the number of the largest of its action's numbers.</summary>
    /// <param name="step">Counted from 0.</param>
    public int Choice(int step)
    {
        var action = this[step];
        var best = 0;
        for (var i = 1; i < action.Length; i++)
            if (action[i] > action[best]) best = i;
        return best;
    }

    /// <summary>
    /// What is left after its first actions were carried out, as a start for the next call: later actions move to the front, zeros follow. To a
    /// planner of choices zeros mean that it has no wish there.
    /// </summary>
    /// <param name="steps">How many actions were carried out.</param>
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

    /// <summary>Takes a cheaper plan for this one.</summary>
    internal void Offer(ReadOnlySpan<float> actions, float cost)
    {
        if (!(cost < Cost)) return;
        actions.CopyTo(_actions);
        Cost = cost;
    }
}
