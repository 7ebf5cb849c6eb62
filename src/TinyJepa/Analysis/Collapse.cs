using MathNet.Numerics.LinearAlgebra;

namespace TinyJepa.Analysis;

/// <summary>Measures of collapse: of a representation that is the same for all inputs.</summary>
public static class Collapse
{
    /// <summary>The standard deviation of each dimension over the rows (unbiased); zeros mean collapse.</summary>
    /// <param name="z">[n, dim], at least two rows.</param>
    /// <exception cref="ArgumentException">z is not a matrix of at least two rows.</exception>
    public static IReadOnlyList<double> Std(Tensor z)
    {
        var (_, covariance) = Covariance(z);
        return [.. covariance.Diagonal().Select(Math.Sqrt)];
    }

    /// <summary>The mean over dimensions of <see cref="Std"/>: a single value to watch during training.</summary>
    /// <param name="z">[n, dim], at least two rows.</param>
    /// <exception cref="ArgumentException">z is not a matrix of at least two rows.</exception>
    public static double MeanStd(Tensor z) => Std(z).Average();

    /// <summary>
    /// e^(−Σ p ln p) for the fractions p of the variance along the principal components: how many directions are in use (Roy &amp; Vetterli 2007).
    /// </summary>
    /// <param name="z">[n, dim], at least two rows.</param>
    /// <exception cref="ArgumentException">z is not a matrix of at least two rows.</exception>
    public static double EffectiveRank(Tensor z) =>
        Math.Exp(-Pca.Fit(z).Explained.Where(p => p > 0).Sum(p => p * Math.Log(p)));

    internal static (double[] Mean, Matrix<double> Covariance) Covariance(Tensor z)
    {
        if (z.Shape.Rank != 2 || z.Shape[0] < 2) throw new ArgumentException($"A covariance needs at least two rows, [n ≥ 2, dim], not {z.Shape}.");
        int n = z.Shape[0], dim = z.Shape[1];
        var values = z.ToArray();
        var mean = new double[dim];
        for (var i = 0; i < values.Length; i++) mean[i % dim] += values[i] / (double)n;
        return (mean, Scatter.Of(values, mean, values, mean).Map(sum => sum / (n - 1)));
    }
}
