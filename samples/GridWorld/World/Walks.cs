namespace TinyJepa.Samples.GridWorld;

/// <summary>
/// What the model may see: walks from a random state by random moves. Some transitions may be held out: then no walk ever takes them.
/// </summary>
internal sealed class Walks : IResumable
{
    readonly bool[] _heldOut;
    Rng _rng = new(0);

    /// <param name="map">The grid.</param>
    /// <param name="heldOut">Transitions that no walk takes.</param>
    public Walks(GridMap map, IEnumerable<Transition>? heldOut = null)
    {
        Map = map;
        _heldOut = new bool[map.States * GridMap.Moves];
        foreach (var transition in heldOut ?? []) _heldOut[Index(transition.From, (int)transition.Move)] = true;
        for (var state = 0; state < map.States; state++)
            if (Enumerable.Range(0, GridMap.Moves).All(move => _heldOut[Index(state, move)]))
                throw new ArgumentException($"All moves of state {state} are held out: no walk could leave it.", nameof(heldOut));
    }

    public GridMap Map { get; }

    /// <summary>The transitions that walks take.</summary>
    public IReadOnlyList<Transition> Seen => [.. Map.Transitions.Where(transition => !_heldOut[Index(transition.From, (int)transition.Move)])];

    /// <summary>
    /// Some transitions of a random order, such that every state keeps at least two moves and is still reached by two: an encoder that
    /// never saw a state cannot encode it.
    /// </summary>
    public static IReadOnlyList<Transition> HoldOut(GridMap map, int count, long seed)
    {
        Transition[] order = [.. map.Transitions];
        new Rng(seed)["held out"].Shuffle(order.AsSpan());
        var (leaving, entering) = (new int[map.States], new int[map.States]);
        foreach (var transition in order)
        {
            leaving[transition.From]++;
            entering[transition.To]++;
        }

        var held = new List<Transition>();
        foreach (var transition in order)
        {
            if (held.Count == count) break;
            if (leaving[transition.From] <= 2 || entering[transition.To] <= 2) continue;
            leaving[transition.From]--;
            entering[transition.To]--;
            held.Add(transition);
        }

        return held;
    }

    /// <summary>Starts the stream of walks of a seed from its beginning.</summary>
    public void Begin(long seed) => _rng = new Rng(seed)["walks"];

    /// <summary>Draws walks.</summary>
    /// <param name="states">[batch·(steps + 1)], walk by walk.</param>
    /// <param name="moves">[batch·steps]</param>
    /// <param name="steps">Moves of a walk.</param>
    public void Draw(Span<int> states, Span<int> moves, int steps)
    {
        for (var walk = 0; walk < moves.Length / steps; walk++)
        {
            var state = states[walk * (steps + 1)] = _rng.NextInt(Map.States);
            for (var step = 0; step < steps; step++)
            {
                int move;
                do move = _rng.NextInt(GridMap.Moves); while (_heldOut[Index(state, move)]);
                moves[walk * steps + step] = move;
                state = states[walk * (steps + 1) + step + 1] = Map.Next(state, (Move)move);
            }
        }
    }

    /// <summary>Keeps the place in the stream of walks.</summary>
    void IResumable.Visit(StateVisitor state) => ((IResumable)_rng).Visit(state);

    static int Index(int state, int move) => state * GridMap.Moves + move;
}
