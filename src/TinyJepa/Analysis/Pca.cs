using MathNet.Numerics.LinearAlgebra;

namespace TinyJepa.Analysis;

/// <summary>Principal components: the directions of largest variance, and how much of it each explains (Pearson 1901).</summary>
public sealed class Pca
{
    readonly double[] _mean;
    readonly Matrix<double> _directions;                 // [dim, dim], largest variance first

    Pca(double[] mean, Matrix<double> directions, double[] explained) => (_mean, _directions, Explained) = (mean, directions, explained);

    /// <summary>Each component's fraction of the variance, largest first; they add up to 1.</summary>
    public IReadOnlyList<double> Explained { get; }

    /// <summary>Finds the components.</summary>
    /// <param name="x">[n, dim], at least two rows.</param>
    /// <exception cref="ArgumentException">x is not a matrix of at least two rows.</exception>
    public static Pca Fit(Tensor x)
    {
        var (mean, covariance) = Collapse.Covariance(x);
        var system = covariance.Evd(Symmetricity.Symmetric);
        var dim = mean.Length;
        // Eigenvalues come in ascending order. A direction's sign is arbitrary: its largest entry is made positive.
        var directions = Matrix<double>.Build.Dense(dim, dim);
        for (var j = 0; j < dim; j++)
        {
            var direction = system.EigenVectors.Column(dim - 1 - j);
            directions.SetColumn(j, direction[direction.AbsoluteMaximumIndex()] < 0 ? -direction : direction);
        }

        var variances = system.EigenValues.Select(value => Math.Max(0, value.Real)).Reverse().ToArray();
        var total = Math.Max(variances.Sum(), double.Epsilon);
        return new Pca(mean, directions, [.. variances.Select(value => value / total)]);
    }

    /// <summary>Coordinates along the first components.</summary>
    /// <param name="x">[n, dim]</param>
    /// <param name="components">How many.</param>
    /// <returns>[n, components]</returns>
    /// <exception cref="ArgumentException">x has another width than the data of the fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There are not as many components.</exception>
    public Tensor Project(Tensor x, int components)
    {
        var dim = _mean.Length;
        if (x.Shape.Rank != 2 || x.Shape[1] != dim) throw new ArgumentException($"These components were found in [n, {dim}]; they do not apply to {x.Shape}.");
        if (components < 1 || components > dim) throw new ArgumentOutOfRangeException(nameof(components), components, $"There are {dim} components.");
        var values = x.ToArray();
        var result = new float[x.Shape[0] * components];
        for (var i = 0; i < x.Shape[0]; i++)
            for (var k = 0; k < components; k++)
            {
                var sum = 0.0;
                for (var j = 0; j < dim; j++) sum += (values[i * dim + j] - _mean[j]) * _directions[j, k];
                result[i * components + k] = (float)sum;
            }

        return Tensor.From(result, [x.Shape[0], components], x.Backend);
    }
}
