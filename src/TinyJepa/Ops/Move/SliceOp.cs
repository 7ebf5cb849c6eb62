using TinyJepa.Export;

namespace TinyJepa;

/// <summary>A range of one axis, copied out. For the first axis, <see cref="ReshapeOp.Rows"/> does it without a copy.</summary>
public static class SliceOp
{
    extension(Tensor x)
    {
        /// <summary><paramref name="count"/> steps of an axis from <paramref name="start"/> on.</summary>
        /// <exception cref="ArgumentOutOfRangeException">The range leaves the axis.</exception>
        public Tensor Slice(int axis, int start, int count)
        {
            axis = x.Shape.Axis(axis);
            CheckRange(x.Shape, axis, start, count);
            var y = Tensor.Empty(x.Shape.With(axis, count), x.Backend);
            var (outer, inner) = (x.Shape.Product(0, axis), x.Shape.Product(axis + 1, x.Shape.Rank));
            x.Backend.CopyRows(x, start * inner, x.Shape[axis] * inner, y, 0, count * inner, outer, count * inner, accumulate: false);
            if (Tape.Tracks(x)) Tape.Add(y, new Grad(x, axis, start, count));
            return y;
        }

        /// <summary><paramref name="count"/> columns (steps of the last axis) from <paramref name="start"/> on.</summary>
        /// <exception cref="ArgumentOutOfRangeException">The range leaves the axis.</exception>
        public Tensor Columns(int start, int count) => x.Slice(-1, start, count);
    }

    internal static void CheckRange(in Shape shape, int axis, int start, int count)
    {
        if (start < 0 || count < 0 || (long)start + count > shape[axis])
            throw new ArgumentOutOfRangeException(nameof(start), $"{count} steps from {start} on leave axis {axis} of the shape {shape}.");
    }

    /// <summary>The range's gradient goes where the range came from; the rest of a fresh gradient is zero.</summary>
    readonly struct Grad(Tensor x, int axis, int start, int count) : IOp, IExportedOp
    {
        public void Backward(Tensor dy)
        {
            if (!x.NeedsGradient(out var dx)) return;
            if (!dx.Accumulate) dy.Backend.Fill(dx.Tensor, 0f);
            var (outer, inner) = (x.Shape.Product(0, axis), x.Shape.Product(axis + 1, x.Shape.Rank));
            dy.Backend.CopyRows(dy, 0, count * inner, dx.Tensor, start * inner, x.Shape[axis] * inner, outer, count * inner, accumulate: true);
        }

        public OnnxValue Export(OnnxGraph graph, Tensor y) => graph.Slice(graph[x], axis, start, count, x.Shape[axis]);
    }
}
