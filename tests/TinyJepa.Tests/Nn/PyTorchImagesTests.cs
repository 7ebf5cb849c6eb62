using TinyJepa.Nn;
using TinyJepa.Tests.IO;

namespace TinyJepa.Tests.Nn;

/// <summary>Convolution, pooling and batch normalisation as PyTorch computes them in float64.</summary>
public sealed class PyTorchImagesTests
{
    static readonly Dictionary<string, Func<Tensor[], Tensor>> s_operations = new(StringComparer.Ordinal)
    {
        ["conv2d/k3s1p1"] = x => x[0].Conv2d(x[1], x[2], 1, 1),
        ["conv2d/k4s2p1"] = x => x[0].Conv2d(x[1], x[2], 2, 1),
        ["conv2d/k5s3p2"] = x => x[0].Conv2d(x[1], x[2], 3, 2),
        ["conv2d/k3s2p1c32"] = x => x[0].Conv2d(x[1], x[2], 2, 1),
        ["conv2d/rectangular"] = x => x[0].Conv2d(x[1], x[2], (2, 3), (0, 2)),
        ["patches/p4"] = x => Patches(x),
        ["average_pool/2"] = x => x[0].AveragePool(2),
        ["average_pool/3s2"] = x => x[0].AveragePool(3, 2),
        ["average_pool/global"] = x => x[0].AveragePool(),
        ["batch_norm/rows"] = x => x[0].BatchNorm(x[1], x[2]),
        ["batch_norm/images"] = x => x[0].BatchNorm(x[1], x[2]),
    };

    /// <summary>Rounding units (2⁻²⁴) of the largest element of a tensor that each element may be off: the longest sum has 288 terms.</summary>
    const int Units = 24;

    public static TheoryData<string> Cases =>
        [.. Fixture.Images.Names.Where(name => !name.StartsWith("running", StringComparison.Ordinal)).Select(name => name[..name.LastIndexOf('/')]).Distinct().Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void ValueAndGradients_MatchPyTorch(string name)
    {
        using var tape = Tape.Begin();
        var x = new List<Tensor>();
        for (var i = 0; Fixture.Images.Has($"{name}/x{i}"); i++) x.Add(tape.Watch(Fixture.Images.Tensor($"{name}/x{i}")));
        var y = s_operations[name]([.. x]);
        tape.Backward((y * Fixture.Images.Tensor($"{name}/dy")).Sum());

        Assert.Equal(Fixture.Images.Shape($"{name}/y"), y.Shape);
        Compare($"{name}/y", y);
        for (var i = 0; i < x.Count; i++) Compare($"{name}/dx{i}", tape.Gradient(x[i]));
    }

    [Fact]
    public void RunningStatistics_FollowPyTorch_OverBatchesOfDifferentSizes()
    {
        var p = new Parameters();
        var layer = new BatchNorm(p["norm"], 5);
        foreach (var name in new[] { "weight", "bias" }) Fixture.Images.Floats($"running/{name}").CopyTo(p.Entry($"norm.{name}").Value.Span);
        for (var step = 0; step < 3; step++)
        {
            using var tape = Tape.Begin();
            layer.Forward(Fixture.Images.Tensor($"running/x{step}"));
            Compare($"running/mean{step}", p.Entry("norm.running_mean").Value);
            Compare($"running/var{step}", p.Entry("norm.running_var").Value);
        }

        using var scope = Scope.Begin();
        Assert.Equal(3f, p.Entry("norm.num_batches_tracked").Value.Item);
        Compare("running/y", layer.Forward(Fixture.Images.Tensor("running/x")));
        Assert.Equal(3f, p.Entry("norm.num_batches_tracked").Value.Item);
    }

    /// <summary>The layer itself, so that its order of patches is PyTorch's too.</summary>
    static Tensor Patches(Tensor[] x)
    {
        var y = x[0].Conv2d(x[1], x[2], 4);
        var p = new Parameters();
        var layer = new PatchEmbed(p, 3, 6, 4);
        x[1].CopyTo(p.Entry("weight").Value.Span);
        x[2].CopyTo(p.Entry("bias").Value.Span);
        var patches = layer.Forward(x[0]);
        Assert.Equal(y.ToArray(), patches.ToArray());
        return y.Reshape(patches.Shape);
    }

    static void Compare(string name, Tensor got)
    {
        var expected = Fixture.Images[name];
        var largest = expected.Max(Math.Abs);
        Expect.Near(expected, got.ToArray(), _ => Units * Expect.Unit * largest, name);
    }
}
