using TinyJepa.Analysis;

namespace TinyJepa.Samples.GridWorld;

/// <summary>Everything that is measured on one trained model.</summary>
internal sealed record Measurements
{
    /// <summary>Walks imagined, their length, and the tasks of the slowest planner.</summary>
    public const int Walks = 1000, WalkSteps = 8, CrossEntropyTasks = 40;

    /// <summary>Fractions of the variance of the states' latents along its main directions.</summary>
    public required double[] Explained { get; init; }

    /// <summary>Fraction of the variance along the first two.</summary>
    public double FirstTwo => Explained[0] + Explained[1];

    /// <summary>R² of column and row on the states the probe was fitted to.</summary>
    public required (double Column, double Row) InSample { get; init; }

    /// <summary>R² of states the probe was not fitted to.</summary>
    public required double LeaveOneOut { get; init; }

    /// <summary>The same with the state's whole row and column left out: the probe must extrapolate.</summary>
    public required double LeaveLinesOut { get; init; }

    /// <summary>Transitions, and those of them that lead where the model predicts.</summary>
    public required (int Right, int All) Transitions { get; init; }

    /// <summary>Those of them that end at a wall.</summary>
    public required (int Right, int All) Collisions { get; init; }

    /// <summary>One-step control by the probe, as published.</summary>
    public required Routes Greedy { get; init; }

    /// <summary>One-step control by the distance between latents.</summary>
    public required Routes GreedyByLatent { get; init; }

    /// <summary>Whole paths planned before the first move.</summary>
    public required Routes BreadthFirst { get; init; }

    /// <summary>The cross-entropy method by the distance between latents.</summary>
    public required (int Solved, int Optimal, int Tasks) CrossEntropy { get; init; }

    /// <summary>Walks predicted at the right cell after 1, 2, … imagined moves.</summary>
    public required int[] OpenLoop { get; init; }

    /// <summary>The same for the prediction that the agent stands still.</summary>
    public required int[] Still { get; init; }

    /// <summary>Mean over the dimensions of the standard deviation over the states.</summary>
    public required double Std { get; init; }

    public required double EffectiveRank { get; init; }

    /// <param name="map">The grid.</param>
    /// <param name="model">A trained model.</param>
    /// <param name="seed">For walks and plans; training has other random streams.</param>
    public static Measurements Of(GridMap map, GridModel model, long seed)
    {
        using var scope = Scope.Begin();
        var navigator = new Navigator(map, model);
        var codes = navigator.Codes;
        var (right, still) = navigator.OpenLoop(Walks, WalkSteps, seed + 1_000_000);
        return new Measurements
        {
            Explained = [.. Pca.Fit(codes).Explained],
            InSample = PlaceProbe.InSample(map, codes),
            LeaveOneOut = PlaceProbe.LeaveOut(map, codes),
            LeaveLinesOut = PlaceProbe.LeaveOut(map, codes, lines: true),
            Transitions = Right(navigator, map.Transitions),
            Collisions = Right(navigator, map.Transitions.Where(transition => transition.IsCollision)),
            Greedy = navigator.Greedy(navigator.ByPlace),
            GreedyByLatent = navigator.Greedy(navigator.ByLatent),
            BreadthFirst = navigator.BreadthFirst(),
            CrossEntropy = navigator.CrossEntropy(WalkSteps, CrossEntropyTasks, seed),
            OpenLoop = right,
            Still = still,
            Std = Collapse.MeanStd(codes),
            EffectiveRank = Collapse.EffectiveRank(codes),
        };
    }

    /// <summary>Of some transitions, how many lead where the model predicts.</summary>
    public static (int Right, int All) Right(Navigator navigator, IEnumerable<Transition> transitions)
    {
        var (right, all) = (0, 0);
        foreach (var transition in transitions)
        {
            all++;
            if (navigator.Predicted(transition.From, transition.Move) == transition.To) right++;
        }

        return (right, all);
    }
}
