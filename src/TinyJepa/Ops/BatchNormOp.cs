using TinyJepa.Export;

namespace TinyJepa;

/// <summary>Batch normalisation over all axes but the last (Ioffe &amp; Szegedy 2015, algorithm 1).</summary>
public static class BatchNormOp
{
    extension(Tensor x)
    {
        /// <summary>y = gain·(x − mean)/√(variance + ε) + bias with the mean and the biased variance of each column of the batch.</summary>
        /// <param name="gain">[features]</param>
        /// <param name="bias">[features]</param>
        /// <param name="epsilon">Added to the variance.</param>
        /// <returns>The same shape as x: [rows, features] or [batch, height, width, features].</returns>
        /// <exception cref="ArgumentException">Gain or bias are not of the last axis's size, or there are fewer than two rows.</exception>
        public Tensor BatchNorm(Tensor gain, Tensor bias, float epsilon = 1e-5f) => Normalize(x, gain, bias, epsilon, out _, out _);
    }

    /// <summary>Also gives the statistics, for whoever averages them.</summary>
    internal static Tensor Normalize(Tensor x, Tensor gain, Tensor bias, float epsilon, out Tensor mean, out Tensor variance)
    {
        Check(x.Shape, gain.Shape, bias.Shape);
        var (rows, features) = (x.Shape.Product(0, x.Shape.Rank - 1), x.Shape[-1]);
        if (rows < 2) Throw.Unfit("BatchNorm in training", x.Shape, $"the variance of a batch needs at least 2 rows over all axes but the last, and there {(rows == 1 ? "is 1" : "are none")}");
        Tensor y = Tensor.Empty(x.Shape, x.Backend);
        (mean, variance) = (Tensor.Empty([features], x.Backend), Tensor.Empty([features], x.Backend));
        if (features == 0) return y;
        // A single feature is one long row of numbers.
        x.Backend.Variance(x, 1, rows, features, rows, mean, variance);
        x.Backend.BatchNormalize(x, mean, variance, epsilon, gain, bias, y);
        if (Tape.Tracks(x, gain, bias)) Tape.Add(y, new Grad(x, mean, variance, epsilon, gain, bias));
        return y;
    }

    /// <summary>y = gain·(x − mean)/√(variance + ε) + bias with given statistics, for inference: a gradient for x alone.</summary>
    internal static Tensor Apply(Tensor x, Tensor mean, Tensor variance, float epsilon, Tensor gain, Tensor bias)
    {
        Check(x.Shape, gain.Shape, bias.Shape);
        var y = Tensor.Empty(x.Shape, x.Backend);
        if (y.Length > 0) x.Backend.BatchNormalize(x, mean, variance, epsilon, gain, bias, y);
        if (Tape.Tracks(x)) Tape.Add(y, new FrozenGrad(x, mean, variance, epsilon, gain, bias));
        return y;
    }

    static void Check(in Shape x, in Shape gain, in Shape bias)
    {
        if (x.Rank < 2) Throw.Mismatch("BatchNorm", x, gain, "x must be [rows, features] or have more axes in front");
        var features = Shape.Create([x[-1]]);
        if (gain != features) Throw.Mismatch("BatchNorm", x, gain, "the gain must be of the last axis's size");
        if (bias != features) Throw.Mismatch("BatchNorm", x, bias, "the bias must be of the last axis's size");
    }

    /// <summary>dbias = Σ dy, dgain = Σ dy·x̂, dx = gain/σ·(dy − dbias/n − x̂·dgain/n), x̂ the normalised x and n the rows (ibid., §3).</summary>
    readonly struct Grad(Tensor x, Tensor mean, Tensor variance, float epsilon, Tensor gain, Tensor bias) : IOp
    {
        public void Backward(Tensor dy) => dy.Backend.BatchNormalizeBackward(x, mean, variance, epsilon, gain, dy,
            x.Wants(out var dx) ? dx : null, gain.Wants(out var dgain) ? dgain : null, bias.Wants(out var dbias) ? dbias : null);
    }

    /// <summary>dx = gain·dy/√(variance + ε): the same map without its shifts.</summary>
    readonly struct FrozenGrad(Tensor x, Tensor mean, Tensor variance, float epsilon, Tensor gain, Tensor bias) : IOp, IExportedOp
    {
        public void Backward(Tensor dy)
        {
            if (!x.Wants(out var dx) || dy.Length == 0) return;
            var zeros = Tensor.Zeros(gain.Shape, dy.Backend);
            var slope = dx.Keep ? Tensor.Empty(dy.Shape, dy.Backend) : dx.Target;
            dy.Backend.BatchNormalize(dy, zeros, variance, epsilon, gain, zeros, slope);
            if (dx.Keep) dy.Backend.Add(slope, 1f, dx.Target, keep: true);
        }

        /// <summary>ONNX's features are the second axis: images get their channels there, everything else becomes rows.</summary>
        public OnnxValue Export(OnnxGraph graph, Tensor y)
        {
            var (rows, rank) = (graph[x], x.Shape.Rank);
            if (rank == 4) rows = Conv2dOp.ChannelsFirst(graph, rows);
            else if (rank != 2) rows = graph.Reshape(rows, [x.Shape.Product(0, rank - 1), x.Shape[-1]]);
            var normal = graph.Add("BatchNormalization", [rows, graph[gain], graph[bias], graph[mean], graph[variance]], new OnnxAttribute("epsilon", epsilon));
            return rank == 4 ? Conv2dOp.ChannelsLast(graph, normal) : rank != 2 ? graph.Reshape(normal, x.Shape) : normal;
        }
    }
}
