using MathNet.Numerics.LinearAlgebra;

namespace TinyJepa.Analysis;

/// <summary>
/// What a linear map can read off a representation: least squares from features to targets, with an intercept and, if asked for, a ridge.
/// Fit it on one set and judge it on another.
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

    /// <summary>Reads targets off features.</summary>
    /// <param name="features">[n, dim]</param>
    /// <returns>[n, outputs]</returns>
    public Tensor Predict(Tensor features)
    {
        var (dim, outputs) = (_weights.RowCount - 1, _weights.ColumnCount);
        if (features.Shape.Rank != 2 || features.Shape[1] != dim) throw new ArgumentException($"This probe reads features of shape [n, {dim}], not {features.Shape}.");
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

    /// <summary>How well the probe reads held-out targets.</summary>
    /// <param name="features">[n, dim]</param>
    /// <param name="targets">[n, outputs]</param>
    public ProbeScore Score(Tensor features, Tensor targets)
    {
        CheckRows(features, targets);
        return ProbeScore.Of(Predict(features), targets);
    }

    /// <summary>Normal equations of the centred problem in float64, [dim, dim]; a dead feature gets the smallest ridge that keeps them solvable.</summary>
    static Matrix<double> ByFeatures(float[] x, float[] y, double[] meanX, double[] meanY, double ridge)
    {
        var (dim, outputs, n) = (meanX.Length, meanY.Length, x.Length / meanX.Length);
        var gram = Matrix<double>.Build.Dense(dim, dim);
        var cross = Matrix<double>.Build.Dense(dim, outputs);
        var row = new double[dim];
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < dim; j++) row[j] = x[i * dim + j] - meanX[j];
            for (var j = 0; j < dim; j++)
            {
                for (var k = 0; k <= j; k++) gram[j, k] += row[j] * row[k];
                for (var k = 0; k < outputs; k++) cross[j, k] += row[j] * (y[i * outputs + k] - meanY[k]);
            }
        }

        for (var j = 0; j < dim; j++)
            for (var k = 0; k < j; k++) gram[k, j] = gram[j, k];
        var jitter = 1e-12 * Math.Max(gram.Trace() / dim, 1e-30);
        for (var j = 0; j < dim; j++) gram[j, j] += ridge + jitter;

        return gram.Cholesky().Solve(cross);
    }

    /// <summary>
    /// The same map by way of the rows' products, [n, n]: with no more rows than features many maps fit, and W = Xᵀ(XXᵀ + ridge)⁻¹Y is the
    /// shortest. It reads nothing in directions that the rows do not span, where the normal equations would put rounding errors.
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
            throw new ArgumentException($"A probe needs features [n, dim] and targets [n, outputs] with the same n > 0, not {features.Shape} and {targets.Shape}.");
    }

    static double[] Means(float[] values, int n, int width)
    {
        var means = new double[width];
        for (var i = 0; i < values.Length; i++) means[i % width] += values[i];
        for (var j = 0; j < width; j++) means[j] /= n;
        return means;
    }
}
