using TinyJepa.Analysis;

namespace TinyJepa.Samples.GridWorld;

/// <summary>A model as the page shows it: the weights, and everything measured on them. There are so few states that it is measured once.</summary>
internal sealed class LiveModel : PageModel
{
    readonly Navigator _navigator;

    /// <param name="map">The grid.</param>
    /// <param name="model">Weights that no training changes any more.</param>
    /// <param name="recipe">The name of their recipe.</param>
    /// <param name="step">The step of training they come from.</param>
    /// <param name="steps">All steps.</param>
    /// <param name="seconds">The time it took to get there.</param>
    public LiveModel(GridMap map, GridModel model, string recipe, int step, int steps, double seconds) : base(model, recipe, step, steps, seconds)
    {
        using var scope = Scope.Begin();
        (Map, _navigator) = (map, new Navigator(map, model));
        var codes = _navigator.Codes;
        var pca = Pca.Fit(codes);
        Plane = pca.Project(codes, 2).ToArray();
        FirstTwo = pca.Explained[0] + pca.Explained[1];
        LeaveOneOut = PlaceProbe.LeaveOut(map, codes);
        Right = Measurements.Right(_navigator, map.Transitions);
        Solved = _navigator.Greedy(_navigator.ByPlace);
    }

    public GridMap Map { get; }

    /// <summary>The states' latents along their two main directions, [states·2].</summary>
    public float[] Plane { get; }

    /// <summary>Fraction of the variance along these.</summary>
    public double FirstTwo { get; }

    /// <summary>R² of cells that the probe did not see.</summary>
    public double LeaveOneOut { get; }

    /// <summary>Transitions predicted correctly.</summary>
    public (int Right, int All) Right { get; }

    /// <summary>The tasks that one-step control solves.</summary>
    public Routes Solved { get; }

    /// <summary>Where each move is predicted to lead, and how far from the goal that is.</summary>
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
/// <param name="Column">As the probe reads it: not a whole number.</param>
/// <param name="Row">As the probe reads it.</param>
/// <param name="Distance">From the goal, in cells.</param>
internal readonly record struct Future(float Column, float Row, float Distance);
