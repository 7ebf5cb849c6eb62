namespace TinyJepa.Samples.GridWorld;

/// <summary>How a planner did on all ordered pairs of a start and a goal.</summary>
/// <param name="Solved">Pairs whose goal was reached within the limit, by the length of the shortest path, from 1.</param>
/// <param name="Optimal">Those reached by a shortest path.</param>
/// <param name="Pairs">All pairs.</param>
internal sealed record Routes(int[] Solved, int[] Optimal, int[] Pairs)
{
    public int AllSolved => Solved.Sum();

    public int AllOptimal => Optimal.Sum();

    public int AllPairs => Pairs.Sum();

    /// <summary>Pairs solved, of all.</summary>
    public (int Right, int All) Solves => (AllSolved, AllPairs);

    /// <summary>Pairs solved by a shortest path, of all.</summary>
    public (int Right, int All) Optima => (AllOptimal, AllPairs);

    /// <summary>Follows a policy from every start to every goal: at most four times the shortest path.</summary>
    /// <param name="map">The grid.</param>
    /// <param name="policy">From the state of the agent and the goal to a move.</param>
    public static Routes Of(GridMap map, Func<int, int, Move> policy)
    {
        var routes = Empty(map);
        foreach (var (start, goal) in map.Pairs)
        {
            var (at, steps, shortest) = (start, 0, map.Distance(start, goal));
            while (at != goal && steps < 4 * shortest)
            {
                at = map.Next(at, policy(at, goal));
                steps++;
            }

            routes.Count(shortest, at == goal, steps == shortest);
        }

        return routes;
    }

    /// <summary>Carries out whole rows of moves that were decided before the first.</summary>
    /// <param name="map">The grid.</param>
    /// <param name="route">From start and goal to the moves; null where there is no plan.</param>
    public static Routes OfWhole(GridMap map, Func<int, int, IReadOnlyList<Move>?> route)
    {
        var routes = Empty(map);
        foreach (var (start, goal) in map.Pairs)
        {
            var (shortest, moves) = (map.Distance(start, goal), route(start, goal));
            routes.Count(shortest, moves is not null && moves.Aggregate(start, map.Next) == goal, moves?.Count == shortest);
        }

        return routes;
    }

    static Routes Empty(GridMap map)
    {
        var longest = map.Pairs.Max(pair => map.Distance(pair.Start, pair.Goal));
        return new Routes(new int[longest], new int[longest], new int[longest]);
    }

    void Count(int shortest, bool solved, bool optimal)
    {
        Pairs[shortest - 1]++;
        if (solved) Solved[shortest - 1]++;
        if (solved && optimal) Optimal[shortest - 1]++;
    }
}
