using TinyJepa.Analysis;

namespace TinyJepa.Tests.Analysis;

public sealed class ScatterTests
{
    /// <summary>A plain loop over rows has the same bits: published figures must not depend on which instructions a processor has.</summary>
    [Theory]
    [InlineData(5, 3, 2)]
    [InlineData(100, 37, 19)]
    public void Scatter_HasTheBitsOfAPlainLoop(int n, int dim, int outputs)
    {
        float[] x = Normal(n * dim, 1), y = Normal(n * outputs, 2);
        double[] meanX = Means(x, dim), meanY = Means(y, outputs);
        var expected = new double[dim, outputs];
        for (var i = 0; i < n; i++)
            for (var j = 0; j < dim; j++)
                for (var k = 0; k < outputs; k++) expected[j, k] += (x[i * dim + j] - meanX[j]) * (y[i * outputs + k] - meanY[k]);

        Assert.Equal(expected, Scatter.Of(x, meanX, y, meanY).ToArray());
        var gram = Scatter.Of(x, meanX, x, meanX);
        Assert.Equal(gram, gram.Transpose());
    }

    static float[] Normal(int length, int seed)
    {
        var values = new float[length];
        new Rng(seed).FillNormal(values, 1f, 2f);
        return values;
    }

    static double[] Means(float[] values, int width) =>
        [.. Enumerable.Range(0, width).Select(j => values.Where((_, i) => i % width == j).Average(value => (double)value))];
}
