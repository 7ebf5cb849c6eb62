using TinyJepa.Export;

namespace TinyJepa;

/// <summary>y = (x − mean)/√(variance + ε) over the last axis: layer normalisation before its weight and bias (Ba et al. 2016, eq. 4).</summary>
public static class NormalizeOp
{
    extension(Tensor x)
    {
        /// <summary>y = (x − mean)/√(variance + ε) over the last axis, with the biased variance.</summary>
        /// <param name="epsilon">Added to the variance.</param>
        /// <returns>A tensor of x's shape.</returns>
        /// <exception cref="ArgumentException">x is a scalar.</exception>
        public Tensor Normalize(float epsilon = 1e-5f)
        {
            if (x.Shape.Rank == 0) Throw.Unfit("Normalize", x.Shape, "it needs an axis");
            var (y, rstd) = (Tensor.Empty(x.Shape, x.Backend), Tensor.Empty(x.Shape.Without(-1), x.Backend));
            x.Backend.Normalize(x, epsilon, y, rstd);
            if (Tape.Tracks(x)) Tape.Add(y, new Grad(x, epsilon, y, rstd));
            return y;
        }
    }

    /// <summary>ONNX's normalisation always takes a weight: ones.</summary>
    internal static OnnxValue Export(OnnxGraph graph, Tensor x, float epsilon) =>
        graph.Add("LayerNormalization", [graph[x], graph.Constant(Tensor.Ones([x.Shape[-1]]))], new("axis", -1), new("epsilon", epsilon));

    readonly struct Grad(Tensor x, float epsilon, Tensor y, Tensor rstd) : IOp, IExportedOp
    {
        public void Backward(Tensor dy)
        {
            if (x.NeedsGradient(out var dx)) y.Backend.NormalizeBackward(y, rstd, dy, dx);
        }

        public OnnxValue Export(OnnxGraph graph, Tensor result) => NormalizeOp.Export(graph, x, epsilon);
    }
}
