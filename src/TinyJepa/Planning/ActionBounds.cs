namespace TinyJepa.Planning;

/// <summary>Between which values each number of an action may lie.</summary>
public sealed class ActionBounds
{
    readonly float[] _low, _high;

    /// <param name="low">The least value of each number, [dim].</param>
    /// <param name="high">The largest, [dim].</param>
    /// <exception cref="ArgumentException">The two have different lengths, or a lower end lies above its upper end.</exception>
    public ActionBounds(ReadOnlySpan<float> low, ReadOnlySpan<float> high)
    {
        if (low.Length != high.Length || low.IsEmpty) throw new ArgumentException($"{low.Length} lower and {high.Length} upper ends are not the bounds of one action: there must be as many, and at least one.", nameof(high));
        for (var i = 0; i < low.Length; i++)
            if (!(low[i] <= high[i])) throw new ArgumentException($"The bounds of number {i} are {low[i]} to {high[i]}: the lower end must not lie above the upper one.", nameof(low));
        (_low, _high) = (low.ToArray(), high.ToArray());
    }

    /// <summary>The same bounds for every number.</summary>
    /// <param name="dim">Numbers of an action.</param>
    /// <param name="low">The least value.</param>
    /// <param name="high">The largest.</param>
    public static ActionBounds Box(int dim, float low, float high) => new(Repeat(dim, low), Repeat(dim, high));

    /// <summary>Any values.</summary>
    /// <param name="dim">Numbers of an action.</param>
    public static ActionBounds None(int dim) => Box(dim, float.NegativeInfinity, float.PositiveInfinity);

    /// <summary>Numbers of an action.</summary>
    public int Dim => _low.Length;

    /// <summary>The least values, [dim].</summary>
    public ReadOnlySpan<float> Low => _low;

    /// <summary>The largest values, [dim].</summary>
    public ReadOnlySpan<float> High => _high;

    /// <summary>Whether every number has two ends.</summary>
    public bool AreFinite => Array.TrueForAll(_low, float.IsFinite) && Array.TrueForAll(_high, float.IsFinite);

    /// <summary>Moves what lies outside to the nearest end.</summary>
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
