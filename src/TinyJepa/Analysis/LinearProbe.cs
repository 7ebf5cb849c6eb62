using MathNet.Numerics.LinearAlgebra;

namespace TinyJepa.Analysis;

/// <summary>
/// A linear probe: least squares from a representation's features to targets, with an intercept and optionally ridge regularisation. Fit it on
/// one set and score it on another.
/// </summary>
public sealed class LinearProbe
{
    readonly Matrix<double> _weights;                    // [features + 1, targets]; the last row is the intercept

    LinearProbe(Matrix<double> weights) => _weights = weights;

    /// <summary>Fits targets ≈ features·W + b.</summary>
    /// <param name="features">[n, dim]</param>
    /// <param name="targets">[n, outputs]</param>
    /// <param name="ridge">Weight of ‖W‖²/n beside the mean squared error; the intercept is free.</param>
    /// <exception cref="ArgumentException">The row counts differ, or there are no rows.</exception>
    public static LinearProbe Fit(Tensor features, Tensor targets, double ridge = 0)
    {
        CheckRows(features, targets);
        int n = features.Shape[0], dim = features.Shape[1], outputs = targets.Shape[1];
        float[] x = features.ToArray(), y = targets.ToArray();
        double[] meanX = Means(x, n, dim), meanY = Means(y, n, outputs);

        var solution = n > dim ? ByFeatures(x, y, meanX, meanY, ridge) : ByRows(x, y, meanX, meanY, ridge);
        var weights = Matrix<double>.Build.Dense(dim + 1, outputs);
        weights.SetSubMatrix(0, 0, solution);
        for (var k = 0; k < outputs; k++)
            weights[dim, k] = meanY[k] - Enumerable.Range(0, dim).Sum(j => meanX[j] * solution[j, k]);
        return new LinearProbe(weights);
    }

    /// <summary>Predicts targets from features.</summary>
    /// <param name="features">[n, dim]</param>
    /// <returns>[n, outputs]</returns>
    /// <exception cref="ArgumentException">The features have another shape than those of the fit.</exception>
    public Tensor Predict(Tensor features)
    {
        var (dim, outputs) = (_weights.RowCount - 1, _weights.ColumnCount);
        if (features.Shape.Rank != 2 || features.Shape[1] != dim)
            throw new ArgumentException($"This probe takes features of shape [n, {dim}], not {features.Shape}.");
        var x = features.ToArray();
        var values = new float[features.Shape[0] * outputs];
        for (var i = 0; i < features.Shape[0]; i++)
            for (var k = 0; k < outputs; k++)
            {
                var sum = _weights[dim, k];
                for (var j = 0; j < dim; j++) sum += x[i * dim + j] * _weights[j, k];
                values[i * outputs + k] = (float)sum;
            }

        return Tensor.From(values, [features.Shape[0], outputs], features.Backend);
    }

    /// <summary>The error of the probe's predictions, usually on held-out data.</summary>
    /// <param name="features">[n, dim]</param>
    /// <param name="targets">[n, outputs]</param>
    /// <exception cref="ArgumentException">The row counts differ, there are no rows, or the features have another shape than those of the fit.</exception>
    public ProbeScore Score(Tensor features, Tensor targets)
    {
        CheckRows(features, targets);
        return ProbeScore.Of(Predict(features), targets);
    }

    /// <summary>Normal equations of the centred problem in float64, [dim, dim]; a constant feature gets the smallest ridge that keeps them solvable.</summary>
    static Matrix<double> ByFeatures(float[] x, float[] y, double[] meanX, double[] meanY, double ridge)
    {
        var gram = Scatter.Of(x, meanX, x, meanX);
        var jitter = 1e-12 * Math.Max(gram.Trace() / meanX.Length, 1e-30);
        for (var j = 0; j < meanX.Length; j++) gram[j, j] += ridge + jitter;
        return gram.Cholesky().Solve(Scatter.Of(x, meanX, y, meanY));
    }

    /// <summary>
    /// The same map from the rows' Gram matrix, [n, n]: with no more rows than features many maps fit, and W = Xᵀ(XXᵀ + ridge)⁻¹Y has the least
    /// norm. It is zero in directions that the rows do not span, where the normal equations would put rounding errors.
    /// </summary>
    static Matrix<double> ByRows(float[] x, float[] y, double[] meanX, double[] meanY, double ridge)
    {
        var (dim, n) = (meanX.Length, x.Length / meanX.Length);
        var rows = Matrix<double>.Build.Dense(n, dim, (i, j) => x[i * dim + j] - meanX[j]);
        var targets = Matrix<double>.Build.Dense(n, meanY.Length, (i, k) => y[i * meanY.Length + k] - meanY[k]);
        var products = rows.TransposeAndMultiply(rows);
        var jitter = 1e-12 * Math.Max(products.Trace() / n, 1e-30);
        for (var i = 0; i < n; i++) products[i, i] += ridge + jitter;
        return rows.TransposeThisAndMultiply(products.Cholesky().Solve(targets));
    }

    static void CheckRows(Tensor features, Tensor targets)
    {
        if (features.Shape.Rank != 2 || targets.Shape.Rank != 2 || features.Shape[0] != targets.Shape[0] || features.Shape[0] == 0)
            throw new ArgumentException($"A probe needs features [n, dim] and targets [n, outputs] with the same n > 0, not {features.Shape} and " +
                $"{targets.Shape}.");
    }

    static double[] Means(float[] values, int n, int width)
    {
        var means = new double[width];
        for (var i = 0; i < values.Length; i++) means[i % width] += values[i];
        for (var j = 0; j < width; j++) means[j] /= n;
        return means;
    }
}
