using TinyJepa.Nn;
using TinyJepa.Tests.IO;

namespace TinyJepa.Tests.Nn;

/// <summary>Values and gradients of single operations as PyTorch computes them in float64. The oracle of our own making is in <see cref="OpTests"/>.</summary>
public sealed class PyTorchOpsTests
{
    static readonly Dictionary<string, Func<Tensor[], Tensor>> s_operations = new(StringComparer.Ordinal)
    {
        ["add"] = x => x[0] + x[1],
        ["subtract"] = x => x[0] - x[1],
        ["multiply"] = x => x[0] * x[1],
        ["divide"] = x => x[0] / x[1],
        ["negate"] = x => -x[0],
        ["exp"] = x => x[0].Exp(),
        ["square"] = x => x[0].Square(),
        ["abs"] = x => x[0].Abs(),
        ["sin"] = x => x[0].Sin(),
        ["cos"] = x => x[0].Cos(),
        ["tanh"] = x => x[0].Tanh(),
        ["sigmoid"] = x => x[0].Sigmoid(),
        ["relu"] = x => x[0].Relu(),
        ["gelu_erf"] = x => x[0].Gelu(),
        ["gelu_tanh"] = x => x[0].GeluTanh(),
        ["silu"] = x => x[0].Silu(),
        ["log"] = x => x[0].Log(),
        ["sqrt"] = x => x[0].Sqrt(),
        ["clamp/half"] = x => x[0].Clamp(-0.5f, 0.5f),
        ["maximum/same"] = x => x[0].Maximum(x[1]),
        ["where/same"] = x => x[0].Where(x[1], x[2]),
        ["sum/axis0"] = x => x[0].Sum(0),
        ["sum/axis1"] = x => x[0].Sum(1),
        ["sum/last"] = x => x[0].Sum(-1),
        ["sum/all"] = x => x[0].Sum(),
        ["mean/axis0"] = x => x[0].Mean(0),
        ["mean/axis1"] = x => x[0].Mean(1),
        ["mean/last"] = x => x[0].Mean(-1),
        ["mean/all"] = x => x[0].Mean(),
        ["variance_unbiased/axis0"] = x => x[0].Variance(0),
        ["variance_unbiased/axis1"] = x => x[0].Variance(1),
        ["variance_unbiased/last"] = x => x[0].Variance(-1),
        ["variance_unbiased/all"] = x => x[0].Variance(),
        ["variance_biased/axis0"] = x => x[0].Variance(0, unbiased: false),
        ["variance_biased/axis1"] = x => x[0].Variance(1, unbiased: false),
        ["variance_biased/last"] = x => x[0].Variance(-1, unbiased: false),
        ["variance_biased/all"] = x => x[0].Variance(unbiased: false),
        ["matmul/nn"] = x => x[0].MatMul(x[1]),
        ["matmul/nt"] = x => x[0].MatMul(x[1], transposeB: true),
        ["matmul/tn"] = x => x[0].MatMul(x[1], transposeA: true),
        ["matmul/tt"] = x => x[0].MatMul(x[1], transposeA: true, transposeB: true),
        ["matmul/batched"] = x => x[0].MatMul(x[1]),
        ["linear/bias"] = x => x[0].Linear(x[1], x[2]),
        ["concat/axis0"] = x => Tensor.Concat(0, x),
        ["concat/last"] = x => Tensor.Concat(-1, x),
        ["slice_columns/2to5"] = x => x[0].Columns(2, 3),
        ["slice_rows/1to4"] = x => x[0].Rows(1, 3),
        ["gather_rows/repeated"] = x => x[0].Gather(Array.ConvertAll(x[1].ToArray(), row => (int)row)),
        ["permute/201"] = x => x[0].Permute(2, 0, 1),
        ["permute/0213"] = x => x[0].Permute(0, 2, 1, 3),
        ["softmax/last"] = x => x[0].Softmax(),
        ["layer_norm/plain"] = x => x[0].Normalize(1e-5f),
    };

    const string Affine = "layer_norm/affine";

    /// <summary>Rounding units (2⁻²⁴) of the largest element of a tensor that each element may be off.</summary>
    const int Units = 8;

    public static TheoryData<string> Cases => [.. CaseNames.Where(name => name != Affine)];

    static IEnumerable<string> CaseNames => Fixture.Ops.Names.Select(name => name[..name.LastIndexOf('/')]).Distinct().Order(StringComparer.Ordinal);

    [Fact]
    public void EveryOperation_IsInTheFixture() =>
        Assert.All(s_operations.Keys, key => Assert.Contains(CaseNames, name => name == key || name.StartsWith(key + "/", StringComparison.Ordinal)));

    [Theory]
    [MemberData(nameof(Cases))]
    public void ValueAndGradients_MatchPyTorch(string name)
    {
        var run = s_operations.TryGetValue(name, out var exact) ? exact : s_operations[name.Split('/')[0]];
        using var tape = Tape.Begin();
        var x = new List<Tensor>();
        for (var i = 0; Fixture.Ops.Has($"{name}/x{i}"); i++)
        {
            var constant = Fixture.Ops.Tensor($"{name}/x{i}");
            x.Add(Fixture.Ops.Has($"{name}/dx{i}") ? tape.Watch(constant) : constant);
        }

        var y = run([.. x]);
        tape.Backward((y * Fixture.Ops.Tensor($"{name}/dy")).Sum());

        Assert.Equal(Fixture.Ops.Shape($"{name}/y"), y.Shape);
        Compare($"{name}/y", y);
        for (var i = 0; i < x.Count; i++)
            if (Fixture.Ops.Has($"{name}/dx{i}")) Compare($"{name}/dx{i}", tape.Gradient(x[i]));
    }

    [Fact]
    public void LayerNorm_MatchesPyTorch()
    {
        var p = new Parameters();
        var layer = new LayerNorm(p["norm"], 11);
        Fixture.Ops.Floats($"{Affine}/x1").CopyTo(p.Entry("norm.weight").Value.Span);
        Fixture.Ops.Floats($"{Affine}/x2").CopyTo(p.Entry("norm.bias").Value.Span);
        using var tape = Tape.Begin();
        var x = tape.Watch(Fixture.Ops.Tensor($"{Affine}/x0"));
        var y = layer.Forward(x);
        tape.Backward((y * Fixture.Ops.Tensor($"{Affine}/dy")).Sum());

        Compare($"{Affine}/y", y);
        Compare($"{Affine}/dx0", tape.Gradient(x));
        Compare($"{Affine}/dx1", p.Entry("norm.weight").Gradient);
        Compare($"{Affine}/dx2", p.Entry("norm.bias").Gradient);
    }

    static void Compare(string name, Tensor got)
    {
        var expected = Fixture.Ops[name];
        var largest = expected.Max(Math.Abs);
        // Near ±1 tanh is good to 5 ulp, and its slope 1 − y² doubles them.
        var units = name.StartsWith("tanh/", StringComparison.Ordinal) ? 2 * Units : Units;
        Expect.Near(expected, got.ToArray(), _ => units * Expect.Unit * largest, name);
    }
}
