namespace TinyJepa.Samples.DvdLogo;

/// <summary>A recipe trained from several seeds and examined on the same fresh clips each time.</summary>
internal sealed class Study
{
    readonly List<(TrainedModel Trained, Examination Marks)> _runs = [];

    public required Recipe Recipe { get; init; }

    public IReadOnlyList<(TrainedModel Trained, Examination Marks)> Runs => _runs;

    public TrainedModel First => _runs[0].Trained;

    public void Add(TrainedModel trained, Examination marks) => _runs.Add((trained, marks));

    /// <summary>A measurement of every run.</summary>
    public double[] Each(Func<Examination, double> measure) => [.. _runs.Select(run => measure(run.Marks))];

    /// <summary>Mean and deviation over the seeds, as text.</summary>
    public string Spread(Func<Examination, double> measure, string unit = "") => Statistics.Spread(Each(measure), unit);

    /// <summary>A rate over all clips of all seeds, with its interval, as text.</summary>
    public string Rate(Func<Examination, int> count, Func<Examination, int> of)
    {
        var (successes, trials) = (_runs.Sum(run => count(run.Marks)), _runs.Sum(run => of(run.Marks)));
        var interval = Statistics.Wilson(successes, trials);
        return $"{Numbers.Percent(interval.Value)} [{Numbers.Percent(interval.Low)}–{Numbers.Percent(interval.High)}]";
    }

    /// <summary>The figures that every sample writes. Best and published differ in where surprise is measured, as their claims do.</summary>
    public Metrics Metrics()
    {
        var published = !Recipe.Alongside;
        SurpriseStudy Study(Examination marks) => published ? marks.Pixels : marks.Latents;
        int Right(Examination marks) => published ? marks.Pixels.PeakAtJump : marks.Latents.FirstAlarmAtJump;

        return new Metrics("DvdLogo", Recipe.Name, First.Seed)
            .Add(Figure.MeanOf("probe_rmse_px", Each(marks => marks.Probe.Rmse), claim: 0.733))
            .Add(Figure.MeanOf("forecast_mse_1", Each(marks => marks.Forecast.Model[0]), claim: 0.0005))
            .Add(Figure.MeanOf("forecast_mse_30", Each(marks => marks.Forecast.Model[^1]), claim: 0.028))
            .Add(Figure.MeanOf("surprise_peak_over_baseline", Each(marks => Statistics.Median(Study(marks).PeakOverBaseline)), claim: 88))
            .Add(Figure.Rate("surprise_frame_accuracy", _runs.Sum(run => Right(run.Marks)), _runs.Sum(run => Study(run.Marks).Clips)))
            .Add(Figure.MeanOf("surprise_auroc", Each(marks => Study(marks).Auroc)))
            .Add(Figure.MeanOf("false_alarms_per_clip", Each(marks => Study(marks).FalseAlarms)))
            .Add(Figure.MeanOf("embedding_std", Each(marks => marks.EmbeddingStd), claim: 3.0))
            .Add(Figure.MeanOf("train_seconds", [.. _runs.Select(run => run.Trained.Seconds)], claim: 10))
            .Add(Figure.Word("parameter_hash", First.Model.Hash));
    }
}
