using TinyJepa.Analysis;

namespace TinyJepa.Tests.Analysis;

public sealed class LinearProbeTests
{
    [Fact]
    public void Fit_RecoversALinearMap()
    {
        const int n = 200, dim = 7;
        var x = Random(n, dim, seed: 1);
        var y = Map(x, dim);
        var probe = LinearProbe.Fit(Tensor.From(x, [n, dim]), Tensor.From(y, [n, 2]));

        var fresh = Random(50, dim, seed: 2);
        var truth = Map(fresh, dim);
        Expect.Near(Array.ConvertAll(truth, v => (double)v), probe.Predict(Tensor.From(fresh, [50, dim])).ToArray(), _ => 64 * Expect.Unit, "held-out");
        var score = probe.Score(Tensor.From(fresh, [50, dim]), Tensor.From(truth, [50, 2]));
        Assert.InRange(score.Rmse, 0, 1e-5);
        Assert.All(score.R2, r2 => Assert.Equal(1, r2, 1e-9));
    }

    /// <summary>One feature: w = Σ(x−x̄)(y−ȳ)/(Σ(x−x̄)² + ridge), b = ȳ − w·x̄.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(0.5)]
    [InlineData(100)]
    public void Ridge_MatchesItsClosedForm(double ridge)
    {
        float[] x = [1, 2, 4, 8, 9], y = [3, 1, 4, 1, 5];
        double meanX = x.Average(v => (double)v), meanY = y.Average(v => (double)v);
        var w = x.Zip(y, (a, b) => (a - meanX) * (b - meanY)).Sum() / (x.Sum(a => (a - meanX) * (a - meanX)) + ridge);
        var probe = LinearProbe.Fit(Tensor.From(x, [5, 1]), Tensor.From(y, [5, 1]), ridge);

        float[] at = [-3, 0, 100];
        Expect.Near(Array.ConvertAll(at, v => meanY + w * (v - meanX)), probe.Predict(Tensor.From(at, [3, 1])).ToArray(), _ => 1e-5, $"ridge {ridge}");
    }

    /// <summary>The gradient of ‖y − xW − b‖² + ridge·‖W‖² vanishes in W and in b.</summary>
    [Fact]
    public void Ridge_MinimisesItsObjective_InManyDimensions()
    {
        const int n = 40, dim = 6;
        const double ridge = 3;
        float[] x = Random(n, dim, seed: 3), y = Random(n, 1, seed: 4);
        var probe = LinearProbe.Fit(Tensor.From(x, [n, dim]), Tensor.From(y, [n, 1]), ridge);
        // W and b read off with unit vectors.
        var probes = new float[(dim + 1) * dim];
        for (var j = 0; j < dim; j++) probes[j * dim + j] = 1;
        var answers = probe.Predict(Tensor.From(probes, [dim + 1, dim])).ToArray();
        double b = answers[dim];
        var residuals = Enumerable.Range(0, n).Select(i => y[i] - b - Enumerable.Range(0, dim).Sum(j => x[i * dim + j] * (answers[j] - b))).ToArray();

        Assert.Equal(0, residuals.Sum(), 1e-4);
        for (var j = 0; j < dim; j++)
            Assert.Equal(ridge * (answers[j] - b), Enumerable.Range(0, n).Sum(i => x[i * dim + j] * residuals[i]), 1e-4);
    }

    [Fact]
    public void Fit_CopesWithDeadAndDoubledFeatures()
    {
        const int n = 60;
        var x = Random(n, 4, seed: 5);
        for (var i = 0; i < n; i++) (x[4 * i + 1], x[4 * i + 3]) = (7f, x[4 * i]);
        var y = Enumerable.Range(0, n).Select(i => 2 * x[4 * i] - x[4 * i + 2] + 1).ToArray();
        var score = LinearProbe.Fit(Tensor.From(x, [n, 4]), Tensor.From(y, [n, 1])).Score(Tensor.From(x, [n, 4]), Tensor.From(y, [n, 1]));
        Assert.InRange(score.Rmse, 0, 1e-5);

        // All dead: the mean is all that is left to say.
        var dead = LinearProbe.Fit(Tensor.Full([n, 4], 7f), Tensor.From(y, [n, 1]));
        Assert.Equal(y.Average(v => (double)v), dead.Predict(Tensor.Full([1, 4], 7f)).Item, 1e-5);
    }

    /// <summary>More features than rows, and features that are all but copies of one another: a collapsed encoder must still get its figure.</summary>
    [Theory]
    [InlineData(20, 64, 1f)]
    [InlineData(64, 512, 1f)]
    [InlineData(500, 64, 0f)]
    [InlineData(500, 128, 1e-6f)]
    [InlineData(40, 512, 1e-4f)]
    public void Fit_CopesWithFeaturesThatDependOnEachOther(int n, int dim, float own)
    {
        float[] common = Random(n, 1, seed: 6), noise = Random(n, dim, seed: 7);
        var x = new float[n * dim];
        for (var i = 0; i < x.Length; i++) x[i] = 5 + common[i / dim] * (1 + i % dim) + own * noise[i];
        var probe = LinearProbe.Fit(Tensor.From(x, [n, dim]), Tensor.From(common, [n, 1]));
        Assert.InRange(probe.Score(Tensor.From(x, [n, dim]), Tensor.From(common, [n, 1])).Rmse, 0, 1e-2);
    }

    /// <summary>Of the many maps that fit few rows it is the shortest: whatever the rows do not span changes nothing.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(0.5)]
    public void Fit_ReadsNothing_WhereFewRowsSayNothing(double ridge)
    {
        const int n = 12, dim = 40;
        float[] x = Random(n, dim, seed: 8), y = Random(n, 1, seed: 9);
        for (var i = 0; i < n; i++)
            for (var j = dim / 2; j < dim; j++) x[i * dim + j] = 3f;
        var probe = LinearProbe.Fit(Tensor.From(x, [n, dim]), Tensor.From(y, [n, 1]), ridge);
        var (there, moved) = (x[..dim], x[..dim]);
        for (var j = dim / 2; j < dim; j++) moved[j] += 1000f * (j % 2 == 0 ? 1 : -0.5f);
        Assert.Equal(probe.Predict(Tensor.From(there, [1, dim])).Item, probe.Predict(Tensor.From(moved, [1, dim])).Item, 1e-5f);
        if (ridge == 0) Assert.InRange(probe.Score(Tensor.From(x, [n, dim]), Tensor.From(y, [n, 1])).Rmse, 0, 1e-5);
    }

    [Fact]
    public void Shapes_ThatDoNotFit_AreNamed()
    {
        var x = Tensor.Ones([4, 3]);
        AssertNames(() => LinearProbe.Fit(x, Tensor.Ones([5, 2])), "[4, 3]", "[5, 2]");
        AssertNames(() => LinearProbe.Fit(x, Tensor.Ones([4])), "[4, 3]", "[4]");
        AssertNames(() => LinearProbe.Fit(Tensor.Ones([0, 3]), Tensor.Ones([0, 2])), "[0, 3]");
        var probe = LinearProbe.Fit(x, Tensor.Ones([4, 2]));
        AssertNames(() => probe.Predict(Tensor.Ones([4, 2])), "[n, 3]", "[4, 2]");
        AssertNames(() => probe.Score(x, Tensor.Ones([3, 2])), "[4, 3]", "[3, 2]");
        AssertNames(() => probe.Score(x, Tensor.Ones([4, 1])), "[4, 2]", "[4, 1]");
    }

    [Fact]
    public void Score_IsOnePerfect_ZeroForTheMean_AndNegativeBelow()
    {
        float[] truth = [1, 10, 2, 20, 3, 60];
        var targets = Tensor.From(truth, [3, 2]);
        Assert.Equal((0.0, 1.0, 1.0), Of(truth));
        var means = Of([2, 30, 2, 30, 2, 30]);
        Assert.Equal((0.0, 0.0), (means.First, means.Second));
        // Errors 1, 1, 1 against a total of squares of 2; and 10, 10, 10 against 1400.
        var off = Of([2, 20, 3, 30, 4, 70]);
        Assert.Equal(Math.Sqrt((3 + 300) / 6.0), off.Rmse, 1e-12);
        Assert.Equal((1 - 3 / 2.0, 1 - 300 / 1400.0), (off.First, off.Second));
        Assert.True(Of([9, 0, 9, 0, 9, 0]).First < 0);

        (double Rmse, double First, double Second) Of(float[] guess)
        {
            var score = ProbeScore.Of(Tensor.From(guess, [3, 2]), targets);
            return (score.Rmse, score.R2[0], score.R2[1]);
        }
    }

    [Fact]
    public void Score_RefusesUnlikeShapes()
    {
        AssertNames(() => ProbeScore.Of(Tensor.Ones([4, 2]), Tensor.Ones([4, 1])), "[4, 2]", "[4, 1]");
        AssertNames(() => ProbeScore.Of(Tensor.Ones([4]), Tensor.Ones([4])), "[4]");
        AssertNames(() => ProbeScore.Of(Tensor.Ones([0, 2]), Tensor.Ones([0, 2])), "[0, 2]");
    }

    static float[] Random(int n, int width, long seed)
    {
        var values = new float[n * width];
        new Rng(seed).FillNormal(values);
        return values;
    }

    /// <summary>y₀ = Σ (j + 1)·xⱼ − 3, y₁ = x₀ − 2·x_last + 0.5.</summary>
    static float[] Map(float[] x, int dim) => [.. Enumerable.Range(0, x.Length / dim).SelectMany(i => new[]
    {
        (float)(Enumerable.Range(0, dim).Sum(j => (j + 1) * (double)x[i * dim + j]) - 3), (float)(x[i * dim] - 2.0 * x[i * dim + dim - 1] + 0.5),
    })];

    static void AssertNames(Func<object> action, params string[] shapes)
    {
        var error = Assert.ThrowsAny<ArgumentException>(action);
        foreach (var shape in shapes) Assert.Contains(shape, error.Message, StringComparison.Ordinal);
    }
}
