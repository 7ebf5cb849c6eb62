using TinyJepa.Losses;
using TinyJepa.Nn;
using TinyJepa.Optim;

namespace TinyJepa.Bench.Rows;

/// <summary>Single operations: elementwise functions, row operations, attention, the regulariser, the optimiser, and the cost of an operation as such.</summary>
static class Functions
{
    internal static Workload? Make(string name) => name switch
    {
        "op.add16" => new Add16(),
        "norm.2056x192" => Norm(),
        "softmax.24x257x257" => Softmax(),
        "adamw.15m" => new AdamWStep(),
        "attention.257x64" => Attention(batch: 8, tokens: 257, heads: 3, size: 64),
        "attention.257x12" => Attention(batch: 8, tokens: 257, heads: 16, size: 12),
        "attention.causal3" => Attention(batch: 128, tokens: 3, heads: 16, size: 64, causal: true),
        "sigreg.large" => Regulariser([4, 128, 192], directions: 1024),
        "sigreg.small" => Regulariser([256, 16], directions: 256),
        _ => name.Split('.') is ["map", var function, var size] ? Map(function, size) : null,
    };

    /// <summary>A ViT layer's activations (2056 × 768), which lie in the third-level cache or beyond, and a piece for the second-level one.</summary>
    static Forward? Map(string function, string size)
    {
        var x = size switch { "1580k" => TestData.Of([2056, 768], 1, 4f), "49k" => TestData.Of([64, 768], 1, 4f), _ => default };
        if (!x.IsAlive) return null;
        return function switch
        {
            "exp" => new Forward(() => x.Exp()),
            "tanh" => new Forward(() => x.Tanh()),
            "gelu" => new Forward(() => x.Gelu()),
            "silu" => new Forward(() => x.Silu()),
            "sincos" => new Forward(() =>
            {
                x.Sin();
                return x.Cos();
            }),
            _ => null,
        };
    }

    static ForwardBackward Norm() => new(static t => t[0].LayerNorm(t[1], t[2]), TestData.Of([2056, 192], 4),
        TestData.Of([2056, 192], 1), TestData.Of([192], 2), TestData.Of([192], 3));

    static Forward Softmax()
    {
        var x = TestData.Of([24, 257, 257], 1, 4f);
        return new Forward(() => x.Softmax());
    }

    static ForwardBackward Attention(int batch, int tokens, int heads, int size, bool causal = false) =>
        new(t => t[0].SelfAttention(heads, causal), TestData.Of([batch, tokens, heads * size], 2), TestData.Of([batch, tokens, 3 * heads * size], 1));

    /// <summary>With fresh directions in every call; what it gives is compared loosely, since the rivals draw others.</summary>
    static Loosely Regulariser(in Shape shape, int directions)
    {
        var regulariser = SigReg.Canonical(new Rng(1), directions);
        return new Loosely(new ForwardBackward(t => regulariser.Of(t[0]), Tensor.Scalar(1f), TestData.Of(shape, 1)));
    }
}

/// <summary>One addition of 16 floats, recorded for a backward pass: the cost of an operation as such.</summary>
sealed class Add16 : Workload
{
    readonly Tensor _a = TestData.Of([16], 1), _b = TestData.Of([16], 2);

    internal override void Run(int times)
    {
        // A tape's worth of operations at a time, as in training: 64 is a small model's step.
        for (var done = 0; done < times; done += 64)
        {
            using var tape = Tape.Begin();
            var a = tape.Watch(_a);
            for (var i = 0; i < Math.Min(64, times - done); i++) _ = a + _b;
        }
    }

    internal override IEnumerable<(string Name, float[] Values)> Results() => new Forward(() => _a + _b).Results();
}

/// <summary>AdamW over 15 million numbers in 60 matrices, without the passes that make the gradients.</summary>
sealed class AdamWStep : Workload
{
    readonly Parameters _parameters = new();
    readonly Adam _adam;

    internal AdamWStep()
    {
        for (var i = 0; i < 60; i++) _parameters[$"{i}"].Create("weight", [500, 500], Init.Zero);
        TestData.Fill(_parameters);
        _adam = new Adam(_parameters) { WeightDecay = 0.01f };
        MarkGradients();
        foreach (var entry in _parameters.Entries) TestData.Fill(entry.Gradient.Span, 5, 1e-3f);
    }

    internal override void Run(int times)
    {
        for (var i = 0; i < times; i++)
        {
            MarkGradients();
            _adam.Step();
        }
    }

    internal override IEnumerable<(string Name, float[] Values)> Results()
    {
        var fresh = new AdamWStep();
        fresh.Run(3);
        return [("weight", fresh._parameters.Entries.First().Value.ToArray())];
    }

    /// <summary>The optimiser insists on gradients of a backward pass and uses them up; here the same ones serve for ever.</summary>
    void MarkGradients()
    {
        foreach (var entry in _parameters.Entries) entry.Node.GradientPass = 1;
    }
}
