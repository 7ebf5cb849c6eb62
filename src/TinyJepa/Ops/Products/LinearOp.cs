using TinyJepa.Export;
using TinyJepa.Kernels;

namespace TinyJepa;

/// <summary>
/// y = x·Wᵀ + bias: a fully connected layer, with the weight as PyTorch stores it, and optionally the activation or residual that
/// follows it, computed while the outputs are still in the cache. The bits are those of the separate operations.
/// </summary>
public static class LinearOp
{
    extension(Tensor x)
    {
        /// <summary>y = activation(x·Wᵀ + bias).</summary>
        /// <param name="weight">[outputs, inputs]</param>
        /// <param name="bias">[outputs]; null for none.</param>
        /// <param name="activation">Applied to every output; null for none.</param>
        /// <returns>[…, outputs] for x of shape […, inputs].</returns>
        /// <exception cref="ArgumentException">x's last axis has another size than the weight's, or the bias has another shape than [outputs].</exception>
        public Tensor Linear(Tensor weight, Tensor? bias = null, Activation? activation = null)
        {
            if (activation is not null) return activation.Linear(x, weight, bias);
            var y = Result("Linear", x, weight, bias);
            x.Backend.Linear(Matrix(x), weight, bias, null, new Identity(), Matrix(y), null);
            if (Tracks(x, weight, bias)) Tape.Add(y, new Grad(x, weight, bias));
            return y;
        }

        /// <summary>y = (x·Wᵀ + bias) + residual.</summary>
        /// <param name="weight">[outputs, inputs]</param>
        /// <param name="bias">[outputs]; null for none.</param>
        /// <param name="residual">[…, outputs]</param>
        /// <returns>[…, outputs] for x of shape […, inputs].</returns>
        /// <exception cref="ArgumentException">x's last axis has another size than the weight's, or the bias or the residual has another shape than
        /// given above.</exception>
        public Tensor LinearAdd(Tensor weight, Tensor? bias, Tensor residual)
        {
            var y = Result("LinearAdd", x, weight, bias);
            if (residual.Shape != y.Shape) Throw.Mismatch("LinearAdd", y.Shape, residual.Shape, "the residual must have the shape of x·Wᵀ");
            x.Backend.Linear(Matrix(x), weight, bias, residual, new Identity(), Matrix(y), null);
            if (Tracks(x, weight, bias) || Tape.Tracks(residual)) Tape.Add(y, new AddGrad(new Grad(x, weight, bias), residual));
            return y;
        }
    }

    /// <summary>y = f(x·Wᵀ + bias), compiled for the formula.</summary>
    internal static Tensor Activated<F>(Tensor x, Tensor weight, Tensor? bias, F f) where F : unmanaged, IUnary
    {
        var y = Result("Linear", x, weight, bias);
        var tracked = Tracks(x, weight, bias);
        var z = tracked ? Tensor.Empty(y.Shape, y.Backend) : y;                        // backward reads what f was applied to
        x.Backend.Linear(Matrix(x), weight, bias, null, f, Matrix(z), Matrix(y));
        if (tracked) Tape.Add(y, new MapGrad<F>(new Grad(x, weight, bias), f, z, y));
        return y;
    }

    static Tensor Result(string name, Tensor x, Tensor weight, Tensor? bias)
    {
        if (weight.Shape.Rank != 2 || x.Shape.Rank == 0 || x.Shape[-1] != weight.Shape[1])
            Throw.Mismatch(name, x.Shape, weight.Shape, "the weight must be [outputs, inputs] with inputs the last size of x");
        if (bias is { } b)
        {
            if (b.Shape != Shape.Create([weight.Shape[0]])) Throw.Mismatch(name, weight.Shape, b.Shape, "the bias must be [outputs]");
        }

        return Tensor.Empty(x.Shape.WithLast(weight.Shape[0]), x.Backend);
    }

    static bool Tracks(Tensor x, Tensor weight, Tensor? bias) => bias is { } b ? Tape.Tracks(x, weight, b) : Tape.Tracks(x, weight);

    static Tensor Matrix(Tensor x) => x.Shape.Rank == 2 ? x : x.Reshape([x.Shape.Product(0, x.Shape.Rank - 1), x.Shape[-1]]);

    /// <summary>dx = dY·W, dW = dYᵀ·x, dbias = Σ rows of dY.</summary>
    readonly struct Grad(Tensor x, Tensor weight, Tensor? bias) : IOp, IExportedOp
    {
        public void Backward(Tensor dy)
        {
            var rows = Matrix(dy);
            if (x.NeedsGradient(out var dx)) dy.Backend.MatMul(rows, false, weight, false, Matrix(dx.Tensor), dx.Accumulate);
            var dbias = bias?.GradientTargetOrNull();
            if (weight.NeedsGradient(out var dw)) dy.Backend.LinearBackwardWeight(rows, Matrix(x), dw, dbias);
            else if (dbias is { } db) dy.Backend.Sum(dy, 1, rows.Shape[0], rows.Shape[1], 1f, db.Tensor, db.Accumulate);
        }

        public OnnxValue Export(OnnxGraph graph, Tensor y)
        {
            if (x.Shape.Rank == 2)
                return graph.Add("Gemm", bias is { } row ? [graph[x], graph[weight], graph[row]] : [graph[x], graph[weight]], new OnnxAttribute("transB", 1));
            var product = graph.Add("MatMul", [graph[x], graph.Swap(graph[weight], 2)]);
            return bias is { } b ? product + graph[b] : product;
        }
    }

    /// <summary>The residual receives dY as it is.</summary>
    readonly struct AddGrad(Grad linear, Tensor residual) : IOp, IExportedOp
    {
        public void Backward(Tensor dy)
        {
            if (residual.NeedsGradient(out var dr)) dy.Backend.Add(dy, 1f, dr.Tensor, dr.Accumulate);
            linear.Backward(dy);
        }

        public OnnxValue Export(OnnxGraph graph, Tensor y) => linear.Export(graph, y) + graph[residual];
    }

    /// <summary>dZ = dY·f′(Z), then as without f.</summary>
    readonly struct MapGrad<F>(Grad linear, F f, Tensor z, Tensor y) : IOp, IExportedOp where F : unmanaged, IUnary
    {
        public void Backward(Tensor dy)
        {
            var dz = Tensor.Empty(z.Shape, z.Backend);
            z.Backend.MapBackward(f, z, y, dy, new GradientTarget(dz, Accumulate: false));
            linear.Backward(dz);
        }

        public OnnxValue Export(OnnxGraph graph, Tensor result) =>
            f is IExportedUnary formula ? formula.Export(linear.Export(graph, z)) : graph.Untranslated(OnnxGraph.NameOf(typeof(F)));
    }
}
