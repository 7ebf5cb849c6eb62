using TinyJepa.Export;
using TinyJepa.Kernels;

namespace TinyJepa;

/// <summary>y = f(x) for any formula: the one place where elementwise operations of one tensor are run and recorded.</summary>
public static class MapOp
{
    extension(Tensor x)
    {
        /// <summary>Applies a formula to every element.</summary>
        /// <returns>A tensor of x's shape.</returns>
        public Tensor Map<F>(F f) where F : unmanaged, IUnary
        {
            var y = Tensor.Empty(x.Shape, x.Backend);
            x.Backend.Map(f, x, y);
            if (Tape.Tracks(x)) Tape.Add(y, new Grad<F>(f, x, y));
            return y;
        }
    }

    readonly struct Grad<F>(F f, Tensor x, Tensor y) : IOp, IExportedOp where F : unmanaged, IUnary
    {
        public void Backward(Tensor dy)
        {
            if (x.NeedsGradient(out var dx)) x.Backend.MapBackward(f, x, y, dy, dx);
        }

        public OnnxValue Export(OnnxGraph graph, Tensor result) =>
            f is IExportedUnary formula ? formula.Export(graph[x]) : graph.Untranslated(OnnxGraph.NameOf(typeof(F)));
    }
}
