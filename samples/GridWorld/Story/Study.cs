namespace TinyJepa.Samples.GridWorld;

/// <summary>A recipe trained from several seeds and examined in the same way each time.</summary>
internal sealed class Study
{
    readonly List<(TrainedModel Trained, Examination Marks, HeldOut Held)> _runs = [];

    public required Recipe Recipe { get; init; }

    public IReadOnlyList<(TrainedModel Trained, Examination Marks, HeldOut Held)> Runs => _runs;

    public TrainedModel First => _runs[0].Trained;

    /// <summary>Trains from a seed, once with all transitions and once without some, and examines both models.</summary>
    public void Run(GridMap map, long seed, string folder, Checkpointing checkpoints, CancellationToken cancellation)
    {
        var trained = TrainedModel.Train(Recipe, new Walks(map), seed, checkpoints, cancellation);
        trained.Save(TrainedModel.FileIn(folder, Recipe, seed));
        var heldOut = Walks.HoldOut(map, HeldOut.Count, seed);
        var without = TrainedModel.Train(Recipe, new Walks(map, heldOut), seed, checkpoints, cancellation, $"{Recipe.Name} without {HeldOut.Count} transitions");
        Add(trained, Examination.Of(map, trained.Model, seed), HeldOut.Of(map, without.Model, heldOut));
    }

    public void Add(TrainedModel trained, Examination marks, HeldOut held) => _runs.Add((trained, marks, held));

    /// <summary>A measurement of every run.</summary>
    public double[] Each(Func<Examination, double> measure) => [.. _runs.Select(run => measure(run.Marks))];

    /// <summary>Mean and deviation over the seeds, as text.</summary>
    public string Spread(Func<Examination, double> measure) => Statistics.Spread(Each(measure));

    /// <summary>A rate over all seeds with its interval, as text.</summary>
    public string Rate(Func<Examination, (int Right, int All)> count) => Rate(_runs.Select(run => count(run.Marks)));

    /// <inheritdoc cref="Rate(Func{Examination, ValueTuple{int, int}})"/>
    public string RateWithout(Func<HeldOut, (int Right, int All)> count) => Rate(_runs.Select(run => count(run.Held)));

    /// <summary>A count over all seeds for the head of the report, its interval with the words.</summary>
    public (string Value, string Meaning) Fact(Func<(TrainedModel Trained, Examination Marks, HeldOut Held), (int Right, int All)> count, string meaning)
    {
        var (right, all) = Sum(_runs.Select(count));
        var interval = Statistics.Wilson(right, all);
        return ($"{right}/{all}", $"{meaning}: {Numbers.Percent(interval.Low)}–{Numbers.Percent(interval.High)} with 95 % confidence");
    }

    /// <summary>The figures that every sample writes.</summary>
    public Metrics Metrics()
    {
        Figure Share(string name, IEnumerable<(int Right, int All)> counts, double? claim = null)
        {
            var (right, all) = Sum(counts);
            return Figure.Rate(name, right, all, claim);
        }

        return new Metrics("GridWorld", Recipe.Name, First.Seed)
            .Add(Share("planning_success", _runs.Select(run => (run.Marks.Greedy.AllSolved, run.Marks.Greedy.AllPairs)), claim: 1))
            .Add(Share("planning_optimal", _runs.Select(run => (run.Marks.Greedy.AllOptimal, run.Marks.Greedy.AllPairs)), claim: 1))
            .Add(Figure.MeanOf("leave_one_cell_out_r2", Each(marks => marks.LeaveOneOut)))
            .Add(Figure.MeanOf("pca2_variance", Each(marks => marks.Explained[0] + marks.Explained[1]), claim: 0.52))
            .Add(Share("heldout_transition_success", _runs.Select(run => run.Held.Unseen)))
            .Add(Share("open_loop_8_accuracy", _runs.Select(run => (run.Marks.OpenLoop[^1], Examination.Walks))))
            .Add(Share("latent_distance_success", _runs.Select(run => (run.Marks.GreedyByLatent.AllSolved, run.Marks.GreedyByLatent.AllPairs))))
            .Add(Share("imagined_search_success", _runs.Select(run => (run.Marks.BreadthFirst.AllSolved, run.Marks.BreadthFirst.AllPairs))))
            .Add(Share("wall_bump_accuracy", _runs.Select(run => run.Marks.Bumps)))
            .Add(Figure.MeanOf("train_seconds", [.. _runs.Select(run => run.Trained.Seconds)], claim: 1800))
            .Add(Figure.Word("parameter_hash", First.Model.Hash));
    }

    static string Rate(IEnumerable<(int Right, int All)> counts)
    {
        var (right, all) = Sum(counts);
        if (all == 0) return "–";
        var interval = Statistics.Wilson(right, all);
        return $"{right}/{all} = {Numbers.Percent(interval.Value)} [{Numbers.Percent(interval.Low)}–{Numbers.Percent(interval.High)}]";
    }

    static (int Right, int All) Sum(IEnumerable<(int Right, int All)> counts) => counts.Aggregate((a, b) => (a.Right + b.Right, a.All + b.All));
}
