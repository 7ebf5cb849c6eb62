using TinyJepa.Losses;
using TinyJepa.Nn;
using TinyJepa.Optim;
using TinyJepa.Tests.IO;
using Xunit.Abstractions;

namespace TinyJepa.Tests.Nn;

/// <summary>
/// Ten training steps of the logo's networks against PyTorch, which ran them in float64 and in float32. The first is the truth; how far the
/// second is from it shows how much float32 rounding allows.
/// </summary>
public sealed class DvdTenStepsTests(ITestOutputHelper output)
{
    const int Steps = 10, Batch = 64, LargestStored = 2048;

    /// <summary>How many times PyTorch's own distance from the truth is allowed.</summary>
    const double Times = 3;

    static readonly float[] s_bounds = [1 / 16f, 1 / 16f, 1 / 16f, 1 / 16f, 1 / 8f, 1 / 8f, 1 / 4f, 1 / 4f, 1 / 8f, 1 / 8f];
    static readonly Lazy<Dictionary<string, double[]>> s_run = new(Train);

    public static TheoryData<string> Tensors =>
        [.. Fixture.Dvd.Names.Where(name => name.StartsWith("f64/grad1/", StringComparison.Ordinal) || name.StartsWith("f64/step10/", StringComparison.Ordinal)).Select(name => name[4..]).Order(StringComparer.Ordinal)];

    [Theory]
    [InlineData("loss/total")]
    [InlineData("loss/prediction")]
    [InlineData("loss/hinge")]
    public void Losses_MatchFloat64(string name)
    {
        var (truth, got) = (Fixture.Dvd[$"f64/{name}"], s_run.Value[name]);
        var largest = 0.0;
        for (var step = 0; step < Steps; step++)
        {
            var distance = Math.Abs(got[step] - truth[step]) / Math.Abs(truth[step]);
            largest = Math.Max(largest, distance);
            Assert.True(distance <= 1e-5, $"{name} of step {step + 1}: {truth[step]:R} expected, {got[step]:R} came, {distance:G3} apart.");
        }

        output.WriteLine($"{name}: at most {largest:G3} apart");
    }

    [Theory]
    [MemberData(nameof(Tensors))]
    public void GradientsAndWeights_AreAsNearToFloat64_AsPyTorchsFloat32(string name)
    {
        var truth = Fixture.Dvd[$"f64/{name}"];
        var got = s_run.Value[name];
        var (ours, theirs) = (Distance.Of(truth, got), Distance.Of(truth, Fixture.Dvd[$"f32/{name}"]));
        output.WriteLine($"{name}: largest {ours.Largest:E2} (torch {theirs.Largest:E2}, {ours.Largest / theirs.Largest:F2} times), rms {ours.Rms:E2} (torch {theirs.Rms:E2})");
        var allowed = Math.Max(Times * theirs.Largest, 4 * Expect.Unit) * truth.Max(Math.Abs);
        var ill = FirstStep(name);
        for (var i = 0; i < truth.Length; i++)
            Assert.True(Math.Abs(got[i] - truth[i]) <= allowed + ill(i), $"{name} at {i}: {truth[i]:R} expected, {got[i]:R} came; {allowed + ill(i):G3} allowed.");
        Assert.True(ours.Rms <= 1e-5, $"{name}: {ours.Rms:G3} in root mean square, 1e-5 allowed.");
    }

    /// <summary>
    /// Adam's first step is lr·g/(|g| + ε): where the gradient is as small as ε, its rounding error moves the weight by lr·ε/(|g| + ε)² times
    /// itself. One of the 2,048 elements of predictor.net.0.weight has a gradient of 3e-9.
    /// </summary>
    static Func<int, double> FirstStep(string name)
    {
        const double rate = 1e-3, epsilon = 1e-8;
        var gradient = $"grad1/{name.Replace("step10/", "", StringComparison.Ordinal)}";
        if (!name.StartsWith("step10/", StringComparison.Ordinal) || name.EndsWith(".sums", StringComparison.Ordinal) || !Fixture.Dvd.Has($"f64/{gradient}")) return _ => 0;
        var truth = Fixture.Dvd[$"f64/{gradient}"];
        var error = Times * Distance.Of(truth, Fixture.Dvd[$"f32/{gradient}"]).Largest * truth.Max(Math.Abs);
        return i => rate * epsilon * error / Math.Pow(Math.Abs(truth[i]) + epsilon, 2);
    }

    static Dictionary<string, double[]> Train()
    {
        Parameters p = new(), slow = new();
        Mlp online = Encoder(p["online"]), predictor = new(p["predictor"]["net"], [32, 64, 32]), target = Encoder(slow["target"]);
        foreach (var (entry, index) in p.Entries.Select((entry, index) => (entry, index)))
            Fixture.Formula(1 + index, entry.Value.Length, s_bounds[index]).CopyTo(entry.Value.Span);
        var adam = new Adam(p) { LearningRate = 1e-3f };
        var ema = new Ema(p["online"], slow["target"], 0.99f);
        var run = new Dictionary<string, double[]>
        {
            ["loss/total"] = new double[Steps], ["loss/prediction"] = new double[Steps], ["loss/hinge"] = new double[Steps],
        };

        for (var step = 1; step <= Steps; step++)
        {
            using var tape = Tape.Begin();
            var now = Tensor.From(Fixture.Formula(100 + 2 * step, Batch * 512, 4), [Batch, 512]);
            var next = Tensor.From(Fixture.Formula(101 + 2 * step, Batch * 512, 4), [Batch, 512]);
            var z = online.Forward(now);
            var prediction = Mse.Of(predictor.Forward(z), target.Forward(next));
            var hinge = VicReg.VarianceHinge(z);
            var total = prediction + hinge;
            tape.Backward(total);
            (run["loss/total"][step - 1], run["loss/prediction"][step - 1], run["loss/hinge"][step - 1]) = (total.Item, prediction.Item, hinge.Item);
            if (step == 1)
                foreach (var entry in p.Entries) Keep(run, $"grad1/{entry.Path}", entry.Gradient);
            adam.Step();
            ema.Step();
        }

        foreach (var entry in p.Entries.Concat(slow.Entries)) Keep(run, $"step10/{entry.Path}", entry.Value);
        return run;
    }

    static Mlp Encoder(Parameters p) => new(p["net"], [512, 256, 128, 32]);

    static void Keep(Dictionary<string, double[]> run, string name, Tensor x)
    {
        var values = Array.ConvertAll(x.ToArray(), value => (double)value);
        var stride = values.Length switch { 512 * 256 => 127, 256 * 128 => 31, 128 * 32 => 7, _ => 1 };
        run.Add(name, [.. values.Where((_, i) => i % stride == 0)]);
        if (values.Length > LargestStored) run.Add($"{name}.sums", [values.Sum(), values.Sum(value => value * value)]);
    }
}
