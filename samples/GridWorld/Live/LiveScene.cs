using CommunityToolkit.HighPerformance;
using TinyJepa.Planning;

namespace TinyJepa.Samples.GridWorld;

/// <summary>One tab's world: an agent, a goal, and what the model imagines of the next move.</summary>
internal sealed class LiveScene
{
    readonly GridMap _map;
    readonly Lookahead _planner = new(GridMap.Moves);
    readonly Future[] _futures = new Future[GridMap.Moves];
    readonly float[,] _picture = new float[GridPicture.Side, GridPicture.Side];

    public LiveScene(GridMap map)
    {
        _map = map;
        Goal = map.States - 1;
        Place(0);
    }

    public int Agent { get; private set; }

    public int Goal { get; private set; }

    /// <summary>Whether the planner moves the agent.</summary>
    public bool Going { get; private set; }

    /// <summary>Whether the last move ended at a wall.</summary>
    public bool Blocked { get; private set; }

    /// <summary>The last move; −1 after the agent was put somewhere.</summary>
    public int LastMove { get; private set; }

    /// <summary>Moves since the agent was put somewhere or the goal was set.</summary>
    public int Moves { get; private set; }

    /// <summary>The length of the shortest path from there.</summary>
    public int Shortest { get; private set; }

    /// <summary>The move whose imagined end lies nearest to the goal.</summary>
    public int Chosen { get; private set; }

    public ReadOnlySpan<Future> Futures => _futures;

    /// <summary>What the model sees, [128, 128].</summary>
    public ReadOnlySpan2D<float> Picture => _picture;

    public void Place(int state) => Begin(state, Goal);

    public void Aim(int goal) => Begin(Agent, goal);

    public void Go() => Going = Agent != Goal;

    public void Halt() => Going = false;

    /// <summary>A move of the visitor.</summary>
    public void Step(Move move)
    {
        Going = false;
        Do(move);
    }

    /// <summary>Lets the planner move, if it is running, and imagines what comes next.</summary>
    public void Tick(LiveModel model)
    {
        if (Going)
        {
            Imagine(model);
            Do((Move)Chosen);

            // A model that is still learning may walk in circles: four times the shortest path is enough.
            Going = Agent != Goal && Moves < 4 * Math.Max(1, Shortest);
        }

        Imagine(model);
        GridPicture.Render(_map, Agent, _picture);
    }

    void Imagine(LiveModel model)
    {
        model.Imagine(Agent, Goal, _futures);
        Chosen = _planner.Plan(plans =>
        {
            var costs = Tensor.Empty([GridMap.Moves]);
            for (var move = 0; move < GridMap.Moves; move++) costs.Span[move] = _futures[move].Distance;
            return costs;
        }).Choice(0);
    }

    void Do(Move move)
    {
        var next = _map.Next(Agent, move);
        (Blocked, LastMove, Agent) = (next == Agent, (int)move, next);
        Moves++;
    }

    void Begin(int agent, int goal)
    {
        (Agent, Goal, Going, Blocked, LastMove, Moves) = (agent, goal, false, false, -1, 0);
        Shortest = _map.Distance(agent, goal);
    }
}
