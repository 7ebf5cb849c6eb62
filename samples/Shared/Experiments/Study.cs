namespace TinyJepa.Samples;

/// <summary>What was trained from one seed. A sample adds its measurements.</summary>
/// <param name="Trained">The model of the recipe.</param>
public abstract record Run<TRecipe, TModel>(TrainedModel<TRecipe, TModel> Trained) where TRecipe : class, IRecipe<TRecipe> where TModel : SampleModel;

/// <summary>A recipe trained from several seeds and measured in the same way each time.</summary>
/// <param name="recipe">The recipe.</param>
/// <param name="runs">One for each seed.</param>
public sealed class Study<TRecipe, TModel, TRun>(TRecipe recipe, IReadOnlyList<TRun> runs)
    where TRecipe : class, IRecipe<TRecipe> where TModel : SampleModel where TRun : Run<TRecipe, TModel>
{
    /// <summary>The recipe.</summary>
    public TRecipe Recipe => recipe;

    /// <summary>Whether it is the study of the published recipe.</summary>
    public bool IsPublished => recipe.Name == TRecipe.Published.Name;

    /// <summary>One for each seed.</summary>
    public IReadOnlyList<TRun> Runs => runs;

    /// <summary>The run of the first seed.</summary>
    public TRun First => runs[0];

    /// <summary>The first seed's model.</summary>
    public TModel Model => First.Trained.Model;

    /// <summary>For example <c>5 training seeds</c>.</summary>
    public string SeedsText => runs.Count == 1 ? "one training seed" : $"{runs.Count} training seeds";

    /// <summary>The median time of a training, as text.</summary>
    public string MedianSeconds => Numbers.Short(Statistics.Median(Each(run => run.Trained.Seconds))) + " s";

    /// <summary>A measurement of every run.</summary>
    public double[] Each(Func<TRun, double> measure) => [.. runs.Select(measure)];

    /// <summary>Mean and standard deviation over the seeds, as text.</summary>
    public string MeanStd(Func<TRun, double> measure, string unit = "") => Statistics.MeanStd(Each(measure), unit);

    /// <summary>A rate over the trials of all seeds with its interval, as text.</summary>
    public string Rate(Func<TRun, (int Successes, int Trials)> count)
    {
        var (successes, trials) = Sum(count);
        if (trials == 0) return "–";
        var interval = Statistics.Wilson(successes, trials);
        return $"{Numbers.Percent(interval.Value)} [{Numbers.Percent(interval.Low)}–{Numbers.Percent(interval.High)}]";
    }

    /// <summary>A count over all seeds.</summary>
    public (int Successes, int Trials) Sum(Func<TRun, (int Successes, int Trials)> count) =>
        (runs.Sum(run => count(run).Successes), runs.Sum(run => count(run).Trials));

    /// <summary>A rate over the trials of all seeds, for <c>metrics.json</c>.</summary>
    public Figure RateFigure(string name, Func<TRun, (int Successes, int Trials)> count, double? claim = null)
    {
        var (successes, trials) = Sum(count);
        return Figure.Rate(name, successes, trials, claim);
    }

    /// <summary>A mean over the seeds, for <c>metrics.json</c>.</summary>
    public Figure MeanFigure(string name, Func<TRun, double> measure, double? claim = null) => Figure.MeanOf(name, Each(measure), claim);

    /// <summary>A curve for a chart: the mean over the seeds in a band from the lowest to the highest.</summary>
    /// <param name="values">[n] of every run.</param>
    public Series Band(Func<TRun, IReadOnlyList<double>> values)
    {
        IReadOnlyList<double>[] curves = [.. runs.Select(values)];
        double[][] points = [.. Enumerable.Range(0, curves[0].Count).Select(i => curves.Select(curve => curve[i]).ToArray())];
        return new Series(recipe.Name, [.. points.Select(point => point.Average())])
        {
            Low = [.. points.Select(point => point.Min())], High = [.. points.Select(point => point.Max())],
        };
    }
}
