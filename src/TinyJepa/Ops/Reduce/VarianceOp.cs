using TinyJepa.Export;

namespace TinyJepa;

/// <summary>Variances, over one axis or over everything.</summary>
public static class VarianceOp
{
    extension(Tensor x)
    {
        /// <summary>The variance of all elements, a scalar.</summary>
        /// <param name="unbiased">Divide by n − 1 rather than n; NaN of fewer than two elements.</param>
        public Tensor Variance(bool unbiased = true) => Reduce(x, [], SumOp.Everything, unbiased);

        /// <summary>The variances along one axis, which disappears.</summary>
        /// <param name="axis">The axis; negative ones count from the last.</param>
        /// <param name="unbiased">Divide by n − 1 rather than n; NaN of fewer than two elements.</param>
        public Tensor Variance(int axis, bool unbiased = true)
        {
            axis = x.Shape.Axis(axis);
            return Reduce(x, x.Shape.Without(axis), axis, unbiased);
        }
    }

    static Tensor Reduce(Tensor x, Shape shape, int axis, bool unbiased)
    {
        var (outer, size, inner) = SumOp.Split(x.Shape, axis);
        var (mean, y) = (Tensor.Empty(shape, x.Backend), Tensor.Empty(shape, x.Backend));
        x.Backend.Variance(x, outer, size, inner, Divisor(size, unbiased), mean, y);
        if (Tape.Tracks(x)) Tape.Add(y, new Grad(x, mean, axis, unbiased));
        return y;
    }

    static float Divisor(int size, bool unbiased) => unbiased ? size - 1f : size;

    /// <summary>∂ variance/∂x = 2(x − mean)/divisor: the mean's own dependence on x cancels.</summary>
    readonly struct Grad(Tensor x, Tensor mean, int axis, bool unbiased) : IOp, IExportedOp
    {
        public void Backward(Tensor dy)
        {
            if (!x.NeedsGradient(out var dx)) return;
            var (outer, size, inner) = SumOp.Split(x.Shape, axis);
            x.Backend.VarianceBackward(x, mean, dy, outer, size, inner, Divisor(size, unbiased), dx);
        }

        public OnnxValue Export(OnnxGraph graph, Tensor y)
        {
            var d = graph[x] - SumOp.Export(graph, graph[x], axis, mean: true, keepDims: true);
            var (_, size, _) = SumOp.Split(x.Shape, axis);
            return unbiased ? SumOp.Export(graph, d * d, axis, mean: false) / Divisor(size, unbiased) : SumOp.Export(graph, d * d, axis, mean: true);
        }
    }
}
