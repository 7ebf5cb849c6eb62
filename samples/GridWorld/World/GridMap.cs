namespace TinyJepa.Samples.GridWorld;

/// <summary>What the agent can do: a step along one of the two axes.</summary>
internal enum Move
{
    /// <summary>To the row before.</summary>
    Up,

    /// <summary>To the row after.</summary>
    Down,

    /// <summary>To the column before.</summary>
    Left,

    /// <summary>To the column after.</summary>
    Right,
}

/// <summary>A transition: where the agent was, what it did, where that led.</summary>
/// <param name="From">The state before.</param>
/// <param name="Move">What was done.</param>
/// <param name="To">The state after; the same one at a wall.</param>
internal readonly record struct Transition(int From, Move Move, int To)
{
    /// <summary>Whether a wall or a block stopped the agent.</summary>
    public bool IsCollision => From == To;
}

/// <summary>
/// A square grid with one agent. Walls around it and blocks inside stop the agent; nothing else happens, and nothing is random. States are the
/// free cells, row by row: on the 5 × 5 grid without blocks there are 25, with 100 transitions, 20 of which end at a wall.
/// </summary>
internal sealed class GridMap
{
    /// <summary>Number of moves.</summary>
    public const int Moves = 4;

    readonly int[] _stateAt, _cells, _next, _distances;

    /// <param name="side">Rows, and columns.</param>
    /// <param name="blocks">Cells (row·side + column) that the agent cannot enter.</param>
    /// <exception cref="ArgumentException">A block lies outside, or some cell cannot be reached from another.</exception>
    public GridMap(int side, params IReadOnlyList<int> blocks)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(side, 2);
        if (blocks.Any(block => (uint)block >= (uint)(side * side))) throw new ArgumentException($"A block lies outside the grid of {side} by {side} cells.", nameof(blocks));
        (Side, Blocks) = (side, [.. blocks.Distinct().Order()]);
        _cells = [.. Enumerable.Range(0, side * side).Except(blocks)];
        _stateAt = new int[side * side];
        Array.Fill(_stateAt, -1);
        for (var state = 0; state < _cells.Length; state++) _stateAt[_cells[state]] = state;
        _next = [.. from state in Enumerable.Range(0, States) from move in Enumerable.Range(0, Moves) select Step(state, (Move)move)];
        _distances = [.. Enumerable.Range(0, States).SelectMany(DistancesTo)];
        if (_distances.Contains(int.MaxValue)) throw new ArgumentException("The blocks cut the grid into parts that no path joins.", nameof(blocks));
    }

    /// <summary>Rows, and columns.</summary>
    public int Side { get; }

    /// <summary>Cells that the agent cannot enter, in ascending order.</summary>
    public IReadOnlyList<int> Blocks { get; }

    /// <summary>Free cells.</summary>
    public int States => _cells.Length;

    /// <summary>The published grid: 5 × 5, no blocks.</summary>
    public static GridMap Seed { get; } = new(side: 5);

    /// <summary>9 × 9 with a wall of blocks that leaves one gap on each side, so that the straight line is often no path.</summary>
    public static GridMap Large { get; } = new(side: 9, [.. Enumerable.Range(1, 7).Select(column => 4 * 9 + column)]);

    public int Row(int state) => _cells[state] / Side;

    public int Column(int state) => _cells[state] % Side;

    /// <summary>The state of a cell; −1 at a block or outside.</summary>
    public int StateAt(int row, int column) => (uint)row < (uint)Side && (uint)column < (uint)Side ? _stateAt[row * Side + column] : -1;

    /// <summary>Where a move leads.</summary>
    public int Next(int state, Move move) => _next[state * Moves + (int)move];

    /// <summary>Moves of the shortest path, by breadth-first search.</summary>
    public int Distance(int from, int to) => _distances[to * States + from];

    /// <summary>Every state with every move.</summary>
    public IEnumerable<Transition> Transitions =>
        from state in Enumerable.Range(0, States) from move in Enumerable.Range(0, Moves) select new Transition(state, (Move)move, Next(state, (Move)move));

    /// <summary>All ordered pairs of different states: the tasks of a planner.</summary>
    public IEnumerable<(int Start, int Goal)> Pairs =>
        from start in Enumerable.Range(0, States) from goal in Enumerable.Range(0, States) where start != goal select (start, goal);

    /// <summary>What a probe should read off each state: [states, 2], column before row.</summary>
    public Tensor Places()
    {
        var places = Tensor.Empty([States, 2]);
        for (var state = 0; state < States; state++) (places.Span[2 * state], places.Span[2 * state + 1]) = (Column(state), Row(state));
        return places;
    }

    int Step(int state, Move move)
    {
        var (down, right) = move switch { Move.Up => (-1, 0), Move.Down => (1, 0), Move.Left => (0, -1), _ => (0, 1) };
        var next = StateAt(Row(state) + down, Column(state) + right);
        return next < 0 ? state : next;
    }

    // Every move can be undone, so the path from the goal is as long as the path to it.
    int[] DistancesTo(int goal)
    {
        var distances = new int[States];
        Array.Fill(distances, int.MaxValue);
        distances[goal] = 0;
        var open = new Queue<int>([goal]);
        while (open.TryDequeue(out var state))
            for (var move = 0; move < Moves; move++)
            {
                var next = _next[state * Moves + move];
                if (distances[next] != int.MaxValue) continue;
                distances[next] = distances[state] + 1;
                open.Enqueue(next);
            }

        return distances;
    }
}
