using TinyJepa.Nn;
using TinyJepa.Optim;
using TinyJepa.Tests.IO;
using Xunit.Abstractions;

namespace TinyJepa.Tests.Optim;

/// <summary>Twenty steps of PyTorch's optimisers over one vector, step by step: gradients, norms, rates and weights.</summary>
public sealed class PyTorchOptimiserTests(ITestOutputHelper output)
{
    const int Steps = 20, Length = 37;
    const float Rate = 0.05f;

    [Theory]
    [InlineData("adam", 0f, false)]
    [InlineData("adamw", 0.01f, false)]
    [InlineData("adamw_clip_schedule", 0.01f, true)]
    public void Steps_MatchPyTorch(string name, float decay, bool guided)
    {
        var p = new Parameters();
        var weight = p.Create("weight", [Length], Init.Zero);
        var adam = new Adam(p) { LearningRate = Rate, WeightDecay = decay, MaxGradientNorm = guided ? 1f : float.PositiveInfinity };
        Fixture.Formula(3001, Length).CopyTo(weight.Span);
        Assert.Equal(Fixture.Optimisers.Floats("start"), weight.ToArray());
        var schedule = new Schedule { Peak = Rate, Steps = Steps, WarmUp = 5 };
        double[] grad = [], norm = [], lr = [], weights = [];

        for (var step = 0; step < Steps; step++)
        {
            using var tape = Tape.Begin();
            var target = Fixture.Optimisers.Tensor("target");
            var rolled = Tensor.Concat(0, weight.Slice(0, Length - 1, 1), weight.Slice(0, 0, Length - 1));
            tape.Backward(((weight - target).Square() * 0.15f + (weight * rolled).Square() * 0.0075f).Sum());
            var gradient = p.Entry("weight").Gradient.ToArray();
            if (guided) adam.LearningRate = schedule.At(step);
            adam.Step();
            grad = [.. grad, .. gradient];
            norm = [.. norm, guided ? adam.GradientNorm : Math.Sqrt(gradient.Sum(g => (double)g * g))];
            lr = [.. lr, adam.LearningRate];
            weights = [.. weights, .. weight.ToArray()];
        }

        foreach (var (what, got) in new[] { ("grad", grad), ("norm", norm), ("lr", lr), ("p", weights) }) Compare(name, what, got);
    }

    [Fact]
    public void Clipping_ScalesTheGradientDown_ToTheLargestNorm()
    {
        var p = new Parameters();
        p.Create("a", [3], Init.Zero);
        p.Create("b", [2], Init.Zero);
        var adam = new Adam(p) { MaxGradientNorm = 0.5f, Beta1 = 0f, Beta2 = 0f, Epsilon = 1f, LearningRate = 1f };
        using var tape = Tape.Begin();
        tape.Backward(p.Entry("a").Value.Sum() * 3f + p.Entry("b").Value.Sum() * -4f);
        adam.Step();

        var norm = Math.Sqrt(3 * 9 + 2 * 16);
        Assert.Equal(norm, adam.GradientNorm, 4 * Expect.Unit * norm);
        // With both memories at 0 and ε at 1 a step is g/(|g| + 1).
        var (a, b) = (3 * 0.5 / norm, 4 * 0.5 / norm);
        Expect.Near([-a / (a + 1), -a / (a + 1), -a / (a + 1)], p.Entry("a").Value.ToArray(), _ => 1e-6, "a");
        Expect.Near([b / (b + 1), b / (b + 1)], p.Entry("b").Value.ToArray(), _ => 1e-6, "b");
    }

    void Compare(string name, string what, double[] got)
    {
        var truth = Fixture.Optimisers[$"f64/{name}/{what}"];
        var theirs = Distance.Of(truth, Fixture.Optimisers[$"f32/{name}/{what}"]);
        var ours = Distance.Of(truth, got);
        output.WriteLine($"{name}/{what}: largest {ours.Largest:E2} (torch {theirs.Largest:E2}), rms {ours.Rms:E2} (torch {theirs.Rms:E2})");
        var allowed = Math.Max(3 * theirs.Largest, 4 * Expect.Unit);
        Assert.True(ours.Largest <= allowed,
            $"{name}/{what} at {ours.Worst}: {truth[ours.Worst]:R} expected, {got[ours.Worst]:R} came; {ours.Largest:G3} of the largest element, {allowed:G3} allowed.");
    }
}
