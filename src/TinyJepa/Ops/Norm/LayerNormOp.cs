using TinyJepa.Export;

namespace TinyJepa;

/// <summary>y = weight·(x − mean)/√(variance + ε) + bias over the last axis (Ba et al. 2016, eq. 4), as one operation.</summary>
public static class LayerNormOp
{
    extension(Tensor x)
    {
        /// <summary>y = weight·(x − mean)/√(variance + ε) + bias over the last axis, with the biased variance.</summary>
        /// <param name="weight">[dim], dim being the last size of x.</param>
        /// <param name="bias">[dim]</param>
        /// <param name="epsilon">Added to the variance.</param>
        /// <returns>A tensor of x's shape.</returns>
        /// <exception cref="ArgumentException">Weight or bias is not [dim].</exception>
        public Tensor LayerNorm(Tensor weight, Tensor bias, float epsilon = 1e-5f)
        {
            Check(x, weight, "weight");
            Check(x, bias, "bias");
            var (mean, rstd) = (Tensor.Empty(x.Shape.Without(-1), x.Backend), Tensor.Empty(x.Shape.Without(-1), x.Backend));
            var y = Tensor.Empty(x.Shape, x.Backend);
            x.Backend.LayerNorm(x, weight, bias, epsilon, y, mean, rstd);
            if (Tape.Tracks(x, weight, bias)) Tape.Add(y, new Grad(x, weight, bias, epsilon, mean, rstd));
            return y;
        }
    }

    static void Check(Tensor x, Tensor row, string name)
    {
        if (x.Shape.Rank == 0 || row.Shape.Rank != 1 || row.Shape[0] != x.Shape[-1])
            Throw.Mismatch("LayerNorm", x.Shape, row.Shape, $"the {name} must be [dim] with dim the last size of x");
    }

    /// <summary>With n = (x − mean)·rstd and g = dy·weight: dx = rstd·(g − mean(g) − n·mean(g·n)), dweight = Σ rows of dy·n, dbias = Σ rows of dy.</summary>
    readonly struct Grad(Tensor x, Tensor weight, Tensor bias, float epsilon, Tensor mean, Tensor rstd) : IOp, IExportedOp
    {
        public void Backward(Tensor dy)
        {
            var (dx, dweight, dbias) = (x.GradientTargetOrNull(), weight.GradientTargetOrNull(), bias.GradientTargetOrNull());
            dy.Backend.LayerNormBackward(x, weight, mean, rstd, dy, dx, dweight, dbias);
        }

        public OnnxValue Export(OnnxGraph graph, Tensor y) =>
            graph.Add("LayerNormalization", [graph[x], graph[weight], graph[bias]], new("axis", -1), new("epsilon", epsilon));
    }
}
