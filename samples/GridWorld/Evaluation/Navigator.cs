using TinyJepa.Planning;

namespace TinyJepa.Samples.GridWorld;

/// <summary>
/// Plans with a trained model. The world only shows where the agent is; where a move leads, the model must predict.
/// </summary>
internal sealed class Navigator
{
    readonly GridMap _map;
    readonly GridModel _model;
    readonly float[] _codes, _places, _imagined;
    readonly int[] _states;

    /// <param name="map">The grid.</param>
    /// <param name="model">A trained model.</param>
    public Navigator(GridMap map, GridModel model)
    {
        using var scope = Scope.Begin();
        (_map, _model) = (map, model);
        var codes = model.Encode(GridPicture.RenderAll(map));
        var imagined = model.ImagineEach(codes);
        Probe = PlaceProbe.Fit(map, codes);
        (_codes, _imagined, _places) = (codes.ToArray(), imagined.ToArray(), Probe.Read(imagined).ToArray());
        _states = States(imagined);
    }

    /// <summary>The probe of this model's latents.</summary>
    public PlaceProbe Probe { get; }

    /// <summary>The latents of all states, [states, 192].</summary>
    public Tensor Codes => Tensor.From(_codes, [_map.States, GridModel.Latent]);

    /// <summary>The states whose latents lie nearest: a prediction without any probe.</summary>
    /// <param name="z">[rows, 192]</param>
    public int[] States(Tensor z)
    {
        var values = z.ToArray();
        return [.. Enumerable.Range(0, z.Shape[0]).Select(row =>
            Enumerable.Range(0, _map.States).MinBy(state => Distance(values.AsSpan(row * GridModel.Latent, GridModel.Latent), state)))];
    }

    /// <summary>The state that the model predicts a move to lead to.</summary>
    public int Predicted(int state, Move move) => _states[Index(state, move)];

    /// <summary>Column and row, as the probe reads them from the imagined latent.</summary>
    public (float Column, float Row) Read(int state, Move move) => (_places[2 * Index(state, move)], _places[2 * Index(state, move) + 1]);

    /// <summary>How far from a goal a move leads as the probe reads it: |Δcolumn| + |Δrow|, as published.</summary>
    public float ByPlace(int state, Move move, int goal)
    {
        var (column, row) = Read(state, move);
        return Math.Abs(column - _map.Column(goal)) + Math.Abs(row - _map.Row(goal));
    }

    /// <summary>How far from a goal a move leads in the space of latents: no probe, no label.</summary>
    public float ByLatent(int state, Move move, int goal) => Distance(_imagined.AsSpan(Index(state, move) * GridModel.Latent, GridModel.Latent), goal);

    /// <summary>One-step control: the move whose imagined end lies nearest to the goal, the first of equal ones.</summary>
    public Routes Greedy(Func<int, Move, int, float> distance)
    {
        var planner = new Lookahead(GridMap.Moves);
        return Routes.Of(_map, (state, goal) => (Move)planner.Plan(_ => Costs(move => distance(state, move, goal))).Choice(0));
    }

    /// <summary>
    /// Breadth-first search in latent space: from the start's latent every move is imagined, from each result every move again, until
    /// every state has been reached. The world is not used before the whole path is known.
    /// </summary>
    public Routes BreadthFirst()
    {
        var trees = Enumerable.Range(0, _map.States).Select(Tree).ToArray();
        return Routes.OfWhole(_map, (start, goal) => trees[start][goal]);
    }

    /// <summary>
    /// The cross-entropy method over rows of moves, replanned after every move: each plan is imagined to its end, and costs the sum of its latents'
    /// distances from the goal's.
    /// </summary>
    /// <param name="horizon">Moves imagined.</param>
    /// <param name="tasks">How many pairs, spread evenly over all.</param>
    /// <param name="seed">For the plans.</param>
    public (int Solved, int Optimal, int Tasks) CrossEntropy(int horizon, int tasks, long seed)
    {
        var planner = new CategoricalCem(horizon, GridMap.Moves, new Rng(seed)["cem"]) { Samples = 48, Elites = 6, Iterations = 3 };
        (int Start, int Goal)[] pairs = [.. _map.Pairs];
        var (solved, optimal) = (0, 0);
        for (var task = 0; task < tasks; task++)
        {
            var (start, goal) = pairs[(int)((task + 0.5) * pairs.Length / tasks)];
            var (at, steps, shortest) = (start, 0, _map.Distance(start, goal));
            planner.Best.Shift(horizon);
            while (at != goal && steps < 4 * shortest)
            {
                var here = at;
                at = _map.Next(at, (Move)planner.Plan(plans => Distances(here, goal, plans), planner.Best.Shift(1)).Choice(0));
                steps++;
            }

            if (at == goal) solved++;
            if (at == goal && steps == shortest) optimal++;
        }

        return (solved, optimal, tasks);
    }

    /// <summary>Of random walks imagined from their first picture: how many are predicted at the right cell after 1, 2, … moves.</summary>
    /// <param name="walks">How many.</param>
    /// <param name="steps">How long.</param>
    /// <param name="seed">For the walks.</param>
    /// <returns>Correct predictions at each step, and those of a model that predicts no motion.</returns>
    public (int[] Right, int[] Still) OpenLoop(int walks, int steps, long seed)
    {
        using var scope = Scope.Begin();
        var (states, moves) = (new int[walks * (steps + 1)], new int[walks * steps]);
        var stream = new Walks(_map);
        stream.Begin(seed);
        stream.Draw(states, moves, steps);
        int[] starts = [.. Enumerable.Range(0, walks).Select(walk => states[walk * (steps + 1)])];
        var read = States(_model.Imagine(Codes.Gather(starts), GridModel.OneHot(moves, steps)).Reshape([walks * steps, GridModel.Latent]));
        var (right, still) = (new int[steps], new int[steps]);
        for (var i = 0; i < walks * steps; i++)
        {
            var truth = states[i / steps * (steps + 1) + i % steps + 1];
            if (read[i] == truth) right[i % steps]++;
            if (starts[i / steps] == truth) still[i % steps]++;
        }

        return (right, still);
    }

    static int Index(int state, Move move) => state * GridMap.Moves + (int)move;

    float Distance(ReadOnlySpan<float> z, int state)
    {
        var sum = 0f;
        var code = _codes.AsSpan(state * GridModel.Latent, GridModel.Latent);
        for (var k = 0; k < code.Length; k++) sum += (z[k] - code[k]) * (z[k] - code[k]);
        return sum;
    }

    static Tensor Costs(Func<Move, float> cost)
    {
        var costs = Tensor.Empty([GridMap.Moves]);
        for (var move = 0; move < GridMap.Moves; move++) costs.Span[move] = cost((Move)move);
        return costs;
    }

    Tensor Distances(int state, int goal, Tensor plans)
    {
        var (count, horizon) = (plans.Shape[0], plans.Shape[1]);
        var from = new int[count];
        Array.Fill(from, state);
        var imagined = _model.Imagine(Codes.Gather(from), plans);
        return (imagined - Codes.Rows(goal, 1).Reshape([GridModel.Latent])).Square().Sum(-1).Reshape([count, horizon]).Sum(-1);
    }

    /// <summary>The imagined paths from a start, by the goal's state.</summary>
    IReadOnlyList<Move>?[] Tree(int start)
    {
        using var scope = Scope.Begin();
        var paths = new IReadOnlyList<Move>?[_map.States];
        paths[start] = [];
        List<int> frontier = [start];
        var z = Codes.Rows(start, 1);
        while (frontier.Count > 0)
        {
            var next = _model.ImagineEach(z);
            var read = States(next);
            var (reached, rows) = (new List<int>(), new List<int>());
            for (var i = 0; i < read.Length; i++)
            {
                if (paths[read[i]] is not null) continue;
                paths[read[i]] = [.. paths[frontier[i / GridMap.Moves]]!, (Move)(i % GridMap.Moves)];
                reached.Add(read[i]);
                rows.Add(i);
            }

            frontier = reached;
            if (rows.Count > 0) z = next.Gather(rows.ToArray());
        }

        return paths;
    }
}
