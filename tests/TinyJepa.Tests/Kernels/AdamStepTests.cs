using TinyJepa.Kernels;

namespace TinyJepa.Tests;

/// <summary>Steps of Adam against the published formulas in float64.</summary>
public sealed unsafe class AdamStepTests
{
    public static TheoryData<int> Lengths => [.. ElementwiseTests.Sizes];

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Steps_FollowTheFormulas(int n)
    {
        const double lr = 0.01, beta1 = 0.9f, beta2 = 0.999f, epsilon = 1e-8f, lambda = 0.05;
        var (weight, m, v) = (Block.Random(n, 1), new Block(new float[n]), new Block(new float[n]));
        for (var t = 1; t <= 3; t++)
        {
            var gradient = Block.Random(n, 10 + t);
            double[] w0 = Doubles(weight), m0 = Doubles(m), v0 = Doubles(v), g = Doubles(gradient);
            var (step, correction) = (lr / (1 - Math.Pow(beta1, t)), 1 / Math.Sqrt(1 - Math.Pow(beta2, t)));
            var rates = new AdamRates((float)(1 - beta1), (float)(1 - beta2), (float)beta2, (float)epsilon, (float)step, (float)correction, (float)(1 - lr * lambda));
            Cores.Run(new AdamStep(weight.Pointer, gradient.Pointer, m.Pointer, v.Pointer, rates, 0.5f, n), Elementwise.Chunks(n));

            var m1 = m0.Zip(g, (mean, x) => beta1 * mean + (1 - beta1) * x / 2).ToArray();
            var v1 = v0.Zip(g, (square, x) => beta2 * square + (1 - beta2) * x * x / 4).ToArray();
            var w1 = w0.Select((w, i) => w * (1 - lr * lambda) - step * m1[i] / (Math.Sqrt(v1[i]) * correction + epsilon)).ToArray();
            // 1 − β is a difference of floats: exact in float32, of β as float32 has it.
            Expect.Near(m1, m.Result(), i => Expect.Unit * 4 * (Math.Abs(m0[i]) + Math.Abs(g[i])), $"m after step {t}");
            Expect.Near(v1, v.Result(), i => Expect.Unit * 6 * v1[i], $"v after step {t}");
            Expect.Near(w1, weight.Result(), i => Expect.Unit * (2 * Math.Abs(w0[i]) + 20 * step * (Math.Abs(m0[i]) + Math.Abs(g[i])) / (Math.Sqrt(v1[i]) * correction + epsilon)), $"weight after step {t}");
            gradient.Result();
        }
    }

    static double[] Doubles(Block x) => Array.ConvertAll(x.Span.ToArray(), value => (double)value);
}
