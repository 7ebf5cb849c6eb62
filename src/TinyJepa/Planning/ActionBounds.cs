namespace TinyJepa.Planning;

/// <summary>Lower and upper bounds of every element of an action.</summary>
public sealed class ActionBounds
{
    readonly float[] _low, _high;

    /// <param name="low">The lower bounds, [dim].</param>
    /// <param name="high">The upper bounds, [dim].</param>
    /// <exception cref="ArgumentException">The lengths differ or are zero, or a lower bound is above its upper bound.</exception>
    public ActionBounds(ReadOnlySpan<float> low, ReadOnlySpan<float> high)
    {
        if (low.Length != high.Length || low.IsEmpty)
            throw new ArgumentException($"There are {low.Length} lower and {high.Length} upper bounds: there must be equally many, and " +
                "at least one.", nameof(high));
        for (var i = 0; i < low.Length; i++)
            if (!(low[i] <= high[i]))
                throw new ArgumentException($"The bounds of element {i} are {low[i]} to {high[i]}: the lower one must not be above " +
                    "the upper one.", nameof(low));
        (_low, _high) = (low.ToArray(), high.ToArray());
    }

    /// <summary>The same bounds for every element.</summary>
    /// <param name="dim">Elements of an action.</param>
    /// <param name="low">The lower bound.</param>
    /// <param name="high">The upper bound.</param>
    public static ActionBounds Box(int dim, float low, float high) => new(Repeat(dim, low), Repeat(dim, high));

    /// <summary>No bounds.</summary>
    /// <param name="dim">Elements of an action.</param>
    public static ActionBounds None(int dim) => Box(dim, float.NegativeInfinity, float.PositiveInfinity);

    /// <summary>Elements of an action.</summary>
    public int Dim => _low.Length;

    /// <summary>The lower bounds, [dim].</summary>
    public ReadOnlySpan<float> Low => _low;

    /// <summary>The upper bounds, [dim].</summary>
    public ReadOnlySpan<float> High => _high;

    /// <summary>Whether all bounds are finite.</summary>
    public bool AreFinite => Array.TrueForAll(_low, float.IsFinite) && Array.TrueForAll(_high, float.IsFinite);

    /// <summary>Clips actions to the bounds.</summary>
    /// <param name="actions">[…, dim]</param>
    internal void Clip(Span<float> actions)
    {
        for (var i = 0; i < actions.Length; i++) actions[i] = Math.Min(Math.Max(actions[i], _low[i % _low.Length]), _high[i % _high.Length]);
    }

    static float[] Repeat(int dim, float value)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dim, 1);
        var values = new float[dim];
        Array.Fill(values, value);
        return values;
    }
}
