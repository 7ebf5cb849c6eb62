using TinyJepa.Export;

namespace TinyJepa;

/// <summary>y = eˣ / Σ eˣ over the last axis.</summary>
public static class SoftmaxOp
{
    extension(Tensor x)
    {
        /// <summary>y = eˣ / Σ eˣ over the last axis, safe for any finite x.</summary>
        public Tensor Softmax()
        {
            if (x.Shape.Rank == 0) Throw.Unfit("Softmax", x.Shape, "it needs an axis");
            var y = Tensor.Empty(x.Shape, x.Backend);
            x.Backend.Softmax(x, y);
            if (Tape.Tracks(x)) Tape.Add(y, new Grad(x, y));
            return y;
        }
    }

    readonly struct Grad(Tensor x, Tensor y) : IOp, IExportedOp
    {
        public void Backward(Tensor dy)
        {
            if (x.NeedsGradient(out var dx)) y.Backend.SoftmaxBackward(y, dy, dx);
        }

        public OnnxValue Export(OnnxGraph graph, Tensor result) => graph[x].Apply("Softmax", new OnnxAttribute("axis", -1));
    }
}
