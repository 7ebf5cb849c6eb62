using System.Numerics.Tensors;
using MathNet.Numerics.LinearAlgebra;

namespace TinyJepa.Analysis;

/// <summary>Sums of products of centred variables: covariances before they are divided.</summary>
static class Scatter
{
    /// <summary>Σ over rows of (x − meanX)·(y − meanY)ᵀ, summed in the order of the rows in float64.</summary>
    /// <param name="x">[n, dim]</param>
    /// <param name="meanX">[dim]</param>
    /// <param name="y">[n, outputs]</param>
    /// <param name="meanY">[outputs]</param>
    /// <returns>[dim, outputs]</returns>
    internal static Matrix<double> Of(ReadOnlySpan<float> x, double[] meanX, ReadOnlySpan<float> y, double[] meanY)
    {
        var (dim, outputs) = (meanX.Length, meanY.Length);
        var sums = new double[dim * outputs];                        // column-major, as MathNet's matrices
        var (rowX, rowY) = (new double[dim], new double[outputs]);
        for (var i = 0; i < x.Length / dim; i++)
        {
            Centre(x.Slice(i * dim, dim), meanX, rowX);
            Centre(y.Slice(i * outputs, outputs), meanY, rowY);
            for (var k = 0; k < outputs; k++)
            {
                var column = sums.AsSpan(k * dim, dim);
                TensorPrimitives.MultiplyAdd(rowX, rowY[k], column, column);
            }
        }

        return Matrix<double>.Build.Dense(dim, outputs, sums);
    }

    static void Centre(ReadOnlySpan<float> values, double[] mean, double[] row)
    {
        TensorPrimitives.ConvertTruncating(values, row.AsSpan());
        TensorPrimitives.Subtract(row, mean, row);
    }
}
