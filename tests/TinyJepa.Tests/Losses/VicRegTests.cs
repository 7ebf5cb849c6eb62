using TinyJepa.Losses;
using TinyJepa.Tests.IO;
using Xunit.Abstractions;

namespace TinyJepa.Tests.Losses;

public sealed class VicRegTests(ITestOutputHelper output)
{
    /// <summary>Rounding units (2⁻²⁴) of the largest element of a tensor that each element may be off.</summary>
    const int Units = 8;

    static readonly Dictionary<string, Func<Tensor, Tensor, Tensor>> s_terms = new(StringComparer.Ordinal)
    {
        ["variance0"] = (a, _) => VicReg.VarianceHinge(a),
        ["variance1"] = (_, b) => VicReg.VarianceHinge(b),
        ["covariance0"] = (a, _) => VicReg.OffDiagonal(a),
        ["covariance1"] = (_, b) => VicReg.OffDiagonal(b),
        ["invariance"] = Mse.Of,
        ["total"] = new VicReg().Of,
    };

    public static TheoryData<string> Terms => [.. s_terms.Keys];

    [Theory]
    [MemberData(nameof(Terms))]
    public void Term_MatchesPyTorch(string name)
    {
        using var tape = Tape.Begin();
        Tensor[] x = [tape.Watch(Fixture.VicReg.Tensor("x0")), tape.Watch(Fixture.VicReg.Tensor("x1"))];
        var y = s_terms[name](x[0], x[1]);
        tape.Backward(y);

        Compare($"{name}/y", y);
        for (var i = 0; i < 2; i++)
            if (Fixture.VicReg.Has($"{name}/dx{i}")) Compare($"{name}/dx{i}", tape.Gradient(x[i]));
    }

    [Fact]
    public void Total_IsTheWeightedSum_OfItsTerms()
    {
        using var scope = Scope.Begin();
        Tensor a = Fixture.VicReg.Tensor("x0"), b = Fixture.VicReg.Tensor("x1");
        double Of(string name) => s_terms[name](a, b).Item;

        var loss = new VicReg { Variance = 2, Invariance = 3, Covariance = 5 };
        var expected = 3 * Of("invariance") + 2 * (Of("variance0") + Of("variance1")) + 5 * (Of("covariance0") + Of("covariance1"));
        Assert.Equal(expected, loss.Of(a, b).Item, 8 * Expect.Unit * expected);
        Assert.Equal(7 * Of("invariance"), new VicReg { Variance = 0, Invariance = 7, Covariance = 0 }.Of(a, b).Item, 8 * Expect.Unit * expected);
    }

    [Fact]
    public void VarianceHinge_IsOne_WhenCollapsed()
    {
        using var scope = Scope.Begin();
        Assert.Equal(1 - Math.Sqrt(1e-4), VicReg.VarianceHinge(Tensor.Full([7, 5], 3f)).Item, 2 * Expect.Unit);
        Assert.Equal(0, VicReg.OffDiagonal(Tensor.Full([7, 5], 3f)).Item, 1e-12);
    }

    /// <summary>Large variances beside small covariances: nothing of the first may leak into the second.</summary>
    [Fact]
    public void OffDiagonal_SeesSmallCovariances_BesideLargeVariances()
    {
        using var tape = Tape.Begin();
        // Columns ±1000 that are orthogonal, and 1e-2 of the first in the second.
        float[] one = [1000, 1000, -1000, -1000], two = [1000, -1000, 1000, -1000];
        var z = tape.Watch(Tensor.From([.. one.Zip(two, (a, b) => new[] { a, b + 1e-2f * a }).SelectMany(row => row)], [4, 2]));
        var y = VicReg.OffDiagonal(z);
        tape.Backward(y);

        var covariance = 1e-2 * 4e6 / 3;
        Assert.Equal(covariance * covariance, y.Item, 1e-5 * covariance * covariance);
        // ∂/∂z₁ of 2·C²/2 is 2·C·z₂/3, z₂ the centred other column.
        Assert.Equal(2 * covariance * (1000 + 10) / 3, tape.Gradient(z).Span[0], 1e-5 * covariance * 1000);
    }

    [Fact]
    public void OffDiagonal_IsZero_OfOneDimension()
    {
        using var tape = Tape.Begin();
        var z = tape.Watch(Tensor.From([1f, 2f, 4f], [3, 1]));
        var y = VicReg.OffDiagonal(z);
        tape.Backward(y);

        Assert.Equal(0f, y.Item);
        Assert.Equal([0f, 0f, 0f], tape.Gradient(z).ToArray());
    }

    [Theory]
    [InlineData(new int[] { 8 })]
    [InlineData(new int[] { 1, 8 })]
    [InlineData(new int[] { 2, 3, 4 })]
    public void Terms_NameTheShape_WhenItIsNoBatch(int[] sizes)
    {
        using var scope = Scope.Begin();
        var z = Tensor.Ones(Shape.Create(sizes));
        foreach (var term in (Func<Tensor, Tensor>[])[z => VicReg.VarianceHinge(z), VicReg.OffDiagonal])
            Assert.Contains(z.Shape.ToString(), Assert.Throws<ArgumentException>(() => term(z)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Mse_NamesBothShapes_WhenTheyDiffer()
    {
        using var scope = Scope.Begin();
        var (a, b) = (Tensor.Ones([3, 4]), Tensor.Ones([4]));
        var error = Assert.Throws<ArgumentException>(() => Mse.Of(a, b));
        Assert.Contains("[3, 4]", error.Message, StringComparison.Ordinal);
        Assert.Contains("[4]", error.Message, StringComparison.Ordinal);
    }

    void Compare(string name, Tensor got)
    {
        var expected = Fixture.VicReg[name];
        var theirs = Distance.Of(expected, Fixture.VicReg[$"{name}.f32"]).Largest;
        var allowed = Units * Expect.Unit * expected.Max(Math.Abs);
        output.WriteLine($"{name}: {Distance.Of(expected, got.ToArray()).Largest:E2} (torch {theirs:E2})");
        Expect.Near(expected, got.ToArray(), _ => allowed, name);
    }
}
