namespace TinyJepa.Analysis;

/// <summary>The error of predictions.</summary>
/// <param name="Rmse">The root of the mean squared error over all rows and outputs.</param>
/// <param name="R2">Per output: 1 − squared error/variance; 1 is perfect, 0 is no better than the mean, below 0 worse.</param>
public sealed record ProbeScore(double Rmse, IReadOnlyList<double> R2)
{
    /// <summary>Compares predictions with targets.</summary>
    /// <param name="predictions">[n, outputs]</param>
    /// <param name="targets">[n, outputs]</param>
    /// <exception cref="ArgumentException">The shapes differ, are not matrices, or there are no rows.</exception>
    public static ProbeScore Of(Tensor predictions, Tensor targets)
    {
        if (predictions.Shape != targets.Shape || targets.Shape.Rank != 2 || targets.Shape[0] == 0)
            throw new ArgumentException($"Predictions and targets must both be [n > 0, outputs], not {predictions.Shape} and {targets.Shape}.");
        int n = targets.Shape[0], outputs = targets.Shape[1];
        float[] guess = predictions.ToArray(), truth = targets.ToArray();
        var (errors, variances) = (new double[outputs], new double[outputs]);
        for (var k = 0; k < outputs; k++)
        {
            var mean = Enumerable.Range(0, n).Average(i => (double)truth[i * outputs + k]);
            for (var i = 0; i < n; i++)
            {
                errors[k] += Math.Pow(guess[i * outputs + k] - (double)truth[i * outputs + k], 2);
                variances[k] += Math.Pow(truth[i * outputs + k] - mean, 2);
            }
        }

        return new ProbeScore(Math.Sqrt(errors.Sum() / (n * outputs)), [.. errors.Zip(variances, (error, variance) => 1 - error / variance)]);
    }
}
