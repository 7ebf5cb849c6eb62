using TinyJepa.Analysis;

namespace TinyJepa.Samples.GridWorld;

/// <summary>Everything that is measured of one trained model.</summary>
internal sealed record Examination
{
    /// <summary>Walks imagined, their length, and the tasks of the slowest planner.</summary>
    public const int Walks = 1000, WalkSteps = 8, CrossEntropyTasks = 40;

    /// <summary>Shares of the variance of the states' latents along its main directions.</summary>
    public required double[] Explained { get; init; }

    /// <summary>R² of column and row on the states the probe was fitted to.</summary>
    public required (double Column, double Row) InSample { get; init; }

    /// <summary>R² of states the probe was not fitted to.</summary>
    public required double LeaveOneOut { get; init; }

    /// <summary>The same with the state's whole row and column left out: the probe must go on where it has seen nothing.</summary>
    public required double LeaveLinesOut { get; init; }

    /// <summary>Transitions, and those of them that lead where the model expects.</summary>
    public required (int Right, int All) Transitions { get; init; }

    /// <summary>The bumps among them.</summary>
    public required (int Right, int All) Bumps { get; init; }

    /// <summary>One-step control by the probe, as published.</summary>
    public required Routes Greedy { get; init; }

    /// <summary>One-step control by the distance between latents.</summary>
    public required Routes GreedyByLatent { get; init; }

    /// <summary>Whole ways found in the imagination.</summary>
    public required Routes BreadthFirst { get; init; }

    /// <summary>The cross-entropy method by the distance between latents.</summary>
    public required (int Solved, int Optimal, int Tasks) CrossEntropy { get; init; }

    /// <summary>Walks thought of at the right place after 1, 2, … imagined moves.</summary>
    public required int[] OpenLoop { get; init; }

    /// <summary>The same for an agent that is said to stand still.</summary>
    public required int[] Still { get; init; }

    /// <summary>Mean over the dimensions of the states' deviation.</summary>
    public required double Deviation { get; init; }

    public required double EffectiveRank { get; init; }

    /// <param name="map">The grid.</param>
    /// <param name="model">A trained model.</param>
    /// <param name="seed">For walks and plans, which are none of the training's.</param>
    public static Examination Of(GridMap map, GridModel model, long seed)
    {
        using var scope = Scope.Begin();
        var navigator = new Navigator(map, model);
        var codes = navigator.Codes;
        var (right, still) = navigator.OpenLoop(Walks, WalkSteps, seed + 1_000_000);
        return new Examination
        {
            Explained = [.. Pca.Fit(codes).Explained],
            InSample = PlaceProbe.InSample(map, codes),
            LeaveOneOut = PlaceProbe.LeaveOut(map, codes),
            LeaveLinesOut = PlaceProbe.LeaveOut(map, codes, lines: true),
            Transitions = Right(navigator, map.Transitions),
            Bumps = Right(navigator, map.Transitions.Where(transition => transition.IsBump)),
            Greedy = navigator.Greedy(navigator.ByPlace),
            GreedyByLatent = navigator.Greedy(navigator.ByLatent),
            BreadthFirst = navigator.BreadthFirst(),
            CrossEntropy = navigator.CrossEntropy(WalkSteps, CrossEntropyTasks, seed),
            OpenLoop = right,
            Still = still,
            Deviation = Collapse.MeanStd(codes),
            EffectiveRank = Collapse.EffectiveRank(codes),
        };
    }

    /// <summary>Of some transitions, how many lead where the model expects.</summary>
    public static (int Right, int All) Right(Navigator navigator, IEnumerable<Transition> transitions)
    {
        var (right, all) = (0, 0);
        foreach (var transition in transitions)
        {
            all++;
            if (navigator.Expected(transition.From, transition.Move) == transition.To) right++;
        }

        return (right, all);
    }
}
