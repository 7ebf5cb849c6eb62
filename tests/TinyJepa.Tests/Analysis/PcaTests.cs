using TinyJepa.Analysis;

namespace TinyJepa.Tests.Analysis;

public sealed class PcaTests
{
    /// <summary>Points ±s·d along orthogonal directions d: the covariance is known exactly.</summary>
    [Fact]
    public void Components_AreTheDirections_OfAKnownCovariance()
    {
        double[][] directions = [[2 / 3.0, -2 / 3.0, 1 / 3.0], [1 / 3.0, 2 / 3.0, 2 / 3.0], [-2 / 3.0, -1 / 3.0, 2 / 3.0]];
        double[] sizes = [1, 3, 2], mean = [10, -20, 30];
        var rows = new List<float>();
        for (var d = 0; d < 3; d++)
            foreach (var sign in (int[])[1, -1])
                for (var j = 0; j < 3; j++) rows.Add((float)(mean[j] + sign * sizes[d] * directions[d][j]));
        var x = Tensor.From([.. rows], [6, 3]);
        var pca = Pca.Fit(x);

        // Variances 2s²/5: fractions s²/14, largest first.
        Expect.Near([9 / 14.0, 4 / 14.0, 1 / 14.0], [.. pca.Explained.Select(share => (float)share)], _ => 1e-6, "explained");
        // Rows: ±d₁, ±3·d₂, ±2·d₃. The largest entry of a component is positive: d₁ is (2, −2, 1)/3 or its opposite, whose largest entries tie.
        var y = pca.Project(x, 3).ToArray();
        Expect.Near([3, -3], [y[2 * 3], y[3 * 3]], _ => 1e-5, "component 1");
        Expect.Near([2, -2], [Math.Abs(y[4 * 3 + 1]), -Math.Abs(y[5 * 3 + 1])], _ => 1e-5, "component 2");
        Expect.Near([1, 1], [Math.Abs(y[2]), Math.Abs(y[3 + 2])], _ => 1e-5, "component 3");
        Assert.Equal("[6, 2]", pca.Project(x, 2).Shape.ToString());
    }

    [Fact]
    public void Sign_MakesTheLargestEntryPositive()
    {
        foreach (var flip in (float[])[1, -1])
        {
            // All variance along (0.6, −0.8): the component is (−0.6, 0.8).
            var x = Tensor.From([.. new[] { -2f, -1, 0, 1, 2 }.SelectMany(t => new[] { 0.6f * t * flip, -0.8f * t * flip })], [5, 2]);
            var first = Pca.Fit(x).Project(Tensor.From([-0.6f, 0.8f], [1, 2]), 1).Item;
            Assert.Equal(1, first, 1e-5);
        }
    }

    [Fact]
    public void Projection_OfAllComponents_KeepsDistances()
    {
        var values = new float[50 * 8];
        new Rng(1).FillNormal(values);
        var x = Tensor.From(values, [50, 8]);
        var pca = Pca.Fit(x);
        var y = pca.Project(x, 8).ToArray();
        Assert.Equal(1, pca.Explained.Sum(), 1e-12);
        Assert.Equal(pca.Explained.OrderDescending(), pca.Explained);
        double Distance(float[] rows, int a, int b) => Math.Sqrt(Enumerable.Range(0, 8).Sum(j => Math.Pow(rows[a * 8 + j] - (double)rows[b * 8 + j], 2)));
        for (var i = 1; i < 50; i++) Assert.Equal(Distance(values, 0, i), Distance(y, 0, i), 1e-5);
    }

    [Fact]
    public void Shapes_ThatDoNotFit_AreRefused()
    {
        Assert.Contains("[1, 3]", Assert.Throws<ArgumentException>(() => Pca.Fit(Tensor.Ones([1, 3]))).Message, StringComparison.Ordinal);
        Assert.Contains("[3]", Assert.Throws<ArgumentException>(() => Pca.Fit(Tensor.Ones([3]))).Message, StringComparison.Ordinal);
        var pca = Pca.Fit(Tensor.From([1f, 2f, 3f, 5f], [2, 2]));
        Assert.Contains("[2, 3]", Assert.Throws<ArgumentException>(() => pca.Project(Tensor.Ones([2, 3]), 1)).Message, StringComparison.Ordinal);
        foreach (var components in (int[])[0, 3]) Assert.Throws<ArgumentOutOfRangeException>(() => pca.Project(Tensor.Ones([2, 2]), components));
    }
}
