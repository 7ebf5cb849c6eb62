using TinyJepa.Analysis;

namespace TinyJepa.Samples.GridWorld;

/// <summary>A model as the page needs it: weights at rest, and all that can be known of them. There are so few states that it is reckoned once.</summary>
internal sealed class LiveModel : ILiveModel
{
    readonly Navigator _navigator;

    /// <param name="map">The grid.</param>
    /// <param name="model">Weights that nobody will change any more.</param>
    /// <param name="recipe">How they were trained.</param>
    /// <param name="step">The step of training they come from.</param>
    /// <param name="trainSeconds">The time it took to get there.</param>
    public LiveModel(GridMap map, GridModel model, Recipe recipe, int step, double trainSeconds)
    {
        using var scope = Scope.Begin();
        (Map, Recipe, Step, TrainSeconds, Hash, Count) = (map, recipe, step, trainSeconds, model.Hash, model.Count);
        _navigator = new Navigator(map, model);
        var codes = _navigator.Codes;
        var pca = Pca.Fit(codes);
        Plane = pca.Project(codes, 2).ToArray();
        FirstTwo = pca.Explained[0] + pca.Explained[1];
        LeaveOneOut = PlaceProbe.LeaveOut(map, codes);
        Right = Examination.Right(_navigator, map.Transitions);
        Solved = _navigator.Greedy(_navigator.ByPlace);
    }

    public GridMap Map { get; }

    public Recipe Recipe { get; }

    public int Step { get; }

    /// <inheritdoc/>
    public bool IsComplete => Step == Recipe.Steps;

    public double TrainSeconds { get; }

    public int Count { get; }

    /// <inheritdoc/>
    public string Hash { get; }

    /// <summary>The states' latents along their two main directions, [states·2].</summary>
    public float[] Plane { get; }

    /// <summary>Share of the variance along these.</summary>
    public double FirstTwo { get; }

    /// <summary>R² of cells that the probe did not see.</summary>
    public double LeaveOneOut { get; }

    /// <summary>Transitions expected rightly.</summary>
    public (int Right, int All) Right { get; }

    /// <summary>What one-step control finds.</summary>
    public Routes Solved { get; }

    /// <summary>Where each move is expected to lead, and how far from the goal that is.</summary>
    public void Imagine(int state, int goal, Span<Future> futures)
    {
        for (var move = 0; move < GridMap.Moves; move++)
        {
            var (column, row) = _navigator.Read(state, (Move)move);
            futures[move] = new Future(column, row, _navigator.ByPlace(state, (Move)move, goal));
        }
    }
}

/// <summary>An imagined end of a move.</summary>
/// <param name="Column">As the probe reads it: no whole number.</param>
/// <param name="Row">As the probe reads it.</param>
/// <param name="Distance">From the goal, in cells.</param>
internal readonly record struct Future(float Column, float Row, float Distance);
