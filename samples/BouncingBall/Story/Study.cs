namespace TinyJepa.Samples.BouncingBall;

/// <summary>What was trained from one seed: the model, and the same recipe with a part taken out.</summary>
/// <param name="Trained">The model.</param>
/// <param name="Marks">How it does.</param>
/// <param name="Untold">How it does when nobody tells it sign(v); the same if nobody does anyway.</param>
/// <param name="Single">The model of single frames.</param>
/// <param name="SingleMarks">How that does.</param>
internal sealed record Run(TrainedModel Trained, Examination Marks, Examination Untold, TrainedModel Single, Examination SingleMarks);

/// <summary>A recipe trained from several seeds and examined on the same fresh trajectories each time.</summary>
internal sealed class Study
{
    readonly List<Run> _runs = [];

    public required Recipe Recipe { get; init; }

    public IReadOnlyList<Run> Runs => _runs;

    public Run First => _runs[0];

    public void Add(Run run) => _runs.Add(run);

    /// <summary>Trains all that belongs to a seed, keeps the weights in a folder and examines them.</summary>
    public void Train(Films films, string folder, long seed, Checkpointing checkpoints, CancellationToken cancellation)
    {
        var trained = Trained(Recipe);
        var marks = Examination.Of(trained.Model, films);
        var untold = Recipe.Action ? Examination.Of(Trained(Recipe.Untold()).Model, films) : marks;
        var single = Trained(Recipe.SingleFrame());
        Add(new Run(trained, marks, untold, single, Examination.Of(single.Model, films)));

        TrainedModel Trained(Recipe recipe)
        {
            var trained = TrainedModel.Train(recipe, films.Pool, seed, checkpoints, cancellation);
            trained.Save(TrainedModel.FileIn(folder, recipe, seed));
            return trained;
        }
    }

    /// <summary>A measurement of every run.</summary>
    public double[] Each(Func<Run, double> measure) => [.. _runs.Select(measure)];

    /// <summary>Mean and deviation over the seeds, as text.</summary>
    public string Spread(Func<Run, double> measure, string unit = "") => Statistics.Spread(Each(measure), unit);

    /// <summary>The figures that every sample writes.</summary>
    public Metrics Metrics() => new Metrics("BouncingBall", Recipe.Name, First.Trained.Seed)
        .Add(Figure.MeanOf("position_r2", Each(run => run.Marks.Fresh.Position), claim: 0.99))
        .Add(Figure.MeanOf("velocity_r2", Each(run => run.Marks.Fresh.Velocity), claim: 0.6))
        .Add(Figure.MeanOf("velocity_r2_without_action", Each(run => run.Untold.Fresh.Velocity)))
        .Add(Figure.MeanOf("single_frame_position_r2", Each(run => run.SingleMarks.Fresh.Position), claim: 0.99))
        .Add(Figure.MeanOf("single_frame_velocity_r2", Each(run => run.SingleMarks.Fresh.Velocity), claim: 0))
        .Add(Figure.MeanOf("in_sample_velocity_r2", Each(run => run.Marks.InSample.Velocity), claim: 0.6))
        .Add(Figure.MeanOf("velocity_rmse_bounce", Each(run => run.Marks.VelocityError.Bounce)))
        .Add(Figure.MeanOf("velocity_rmse_flight", Each(run => run.Marks.VelocityError.Flight)))
        .Add(Figure.MeanOf("smallest_std", Each(run => run.Marks.Deviations[^1])))
        .Add(Figure.MeanOf("largest_std", Each(run => run.Marks.Deviations[0])))
        .Add(Figure.MeanOf("first_component", Each(run => run.Marks.Explained[0])))
        .Add(Figure.MeanOf("effective_rank", Each(run => run.Marks.EffectiveRank)))
        .Add(Figure.MeanOf("first_loss", Each(run => run.Trained.Losses[0])))
        .Add(Figure.MeanOf("last_loss", Each(run => run.Trained.Losses[^1])))
        .Add(Figure.MeanOf("train_seconds", Each(run => run.Trained.Seconds)))
        .Add(Figure.MeanOf("processor_seconds", Each(run => run.Trained.Processor)))
        .Add(Figure.Word("parameter_hash", First.Trained.Model.Parameters.Hash()));
}
