using MathNet.Numerics.LinearAlgebra;

namespace TinyJepa.Analysis;

/// <summary>Signs of a representation that says the same about everything.</summary>
public static class Collapse
{
    /// <summary>The standard deviation of each dimension over the rows (unbiased); zeros mean collapse.</summary>
    /// <param name="z">[n, dim], at least two rows.</param>
    public static IReadOnlyList<double> Std(Tensor z)
    {
        var (_, covariance) = Covariance(z);
        return [.. covariance.Diagonal().Select(Math.Sqrt)];
    }

    /// <summary>The mean over dimensions of <see cref="Std"/>: one number to watch during training.</summary>
    /// <param name="z">[n, dim], at least two rows.</param>
    public static double MeanStd(Tensor z) => Std(z).Average();

    /// <summary>e^(−Σ p ln p) for the shares p of variance along the principal components: how many directions are really used (Roy &amp; Vetterli 2007).</summary>
    /// <param name="z">[n, dim], at least two rows.</param>
    public static double EffectiveRank(Tensor z) =>
        Math.Exp(-Pca.Fit(z).Explained.Where(share => share > 0).Sum(share => share * Math.Log(share)));

    internal static (double[] Mean, Matrix<double> Covariance) Covariance(Tensor z)
    {
        if (z.Shape.Rank != 2 || z.Shape[0] < 2) throw new ArgumentException($"A spread needs at least two rows, [n ≥ 2, dim], not {z.Shape}.");
        int n = z.Shape[0], dim = z.Shape[1];
        var values = z.ToArray();
        var mean = new double[dim];
        for (var i = 0; i < values.Length; i++) mean[i % dim] += values[i] / (double)n;
        var covariance = Matrix<double>.Build.Dense(dim, dim);
        var row = new double[dim];
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < dim; j++) row[j] = values[i * dim + j] - mean[j];
            for (var j = 0; j < dim; j++)
                for (var k = 0; k <= j; k++) covariance[j, k] += row[j] * row[k];
        }

        for (var j = 0; j < dim; j++)
            for (var k = 0; k <= j; k++) covariance[k, j] = covariance[j, k] /= n - 1;
        return (mean, covariance);
    }
}
