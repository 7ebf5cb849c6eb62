namespace TinyJepa.Tests.IO;

/// <summary>The relative error of values.</summary>
/// <param name="Largest">The largest error over the largest value.</param>
/// <param name="Rms">The root mean square of the errors over that of the values.</param>
/// <param name="Worst">Where the largest error is.</param>
readonly record struct Distance(double Largest, double Rms, int Worst)
{
    internal static Distance Of(ReadOnlySpan<double> truth, ReadOnlySpan<double> got)
    {
        Assert.Equal(truth.Length, got.Length);
        double error = 0, size = 0, squaredError = 0, squares = 0;
        var worst = 0;
        for (var i = 0; i < truth.Length; i++)
        {
            var one = Math.Abs(got[i] - truth[i]);
            if (!(one <= error)) (error, worst) = (one, i);
            size = Math.Max(size, Math.Abs(truth[i]));
            squaredError += one * one;
            squares += truth[i] * truth[i];
        }

        return new Distance(error / size, Math.Sqrt(squaredError / squares), worst);
    }

    internal static Distance Of(double[] truth, float[] got) => Of(truth, Array.ConvertAll(got, value => (double)value));
}
