using TinyJepa.Export;

namespace TinyJepa;

/// <summary>Tensors one after the other along an axis.</summary>
public static class ConcatOp
{
    extension(Tensor)
    {
        /// <summary>Joins tensors along an axis.</summary>
        /// <param name="axis">The axis along which the sizes add up; all others must agree.</param>
        /// <param name="parts">At least one tensor.</param>
        /// <exception cref="ArgumentException">There are no parts, or their other sizes differ.</exception>
        public static Tensor Concat(int axis, params ReadOnlySpan<Tensor> parts)
        {
            if (parts.Length == 0) throw new ArgumentException("Concat needs at least one tensor.", nameof(parts));
            var shape = parts[0].Shape;
            axis = shape.Axis(axis);
            var (total, tracked) = (0, false);
            foreach (var part in parts)
            {
                if (part.Shape.Rank != shape.Rank || part.Shape.With(axis, shape[axis]) != shape)
                    Throw.Mismatch("Concat", shape, part.Shape, $"they may differ along axis {axis} only");
                total += part.Shape[axis];
                tracked |= Tape.Tracks(part);
            }

            var y = Tensor.Empty(shape.With(axis, total), parts[0].Backend);
            var (outer, inner) = (shape.Product(0, axis), shape.Product(axis + 1, shape.Rank));
            var (start, index) = (0, 0);
            foreach (var part in parts)
            {
                var width = part.Shape[axis] * inner;
                y.Backend.CopyRows(part, 0, width, y, start, total * inner, outer, width, accumulate: false);
                // One record per part: each reads its own range of the same gradient. Exports need the records of constant parts too.
                if (tracked) Tape.Add(y, new Grad(part, index, axis, start, total * inner, outer, width));
                start += width;
                index++;
            }

            return y;
        }
    }

    readonly struct Grad(Tensor part, int index, int axis, int start, int stride, int outer, int width) : IOp, IExportedOp
    {
        public void Backward(Tensor dy)
        {
            if (part.NeedsGradient(out var d)) dy.Backend.CopyRows(dy, start, stride, d.Tensor, 0, width, outer, width, d.Accumulate);
        }

        /// <summary>The first part makes the node, the others join it.</summary>
        public OnnxValue Export(OnnxGraph graph, Tensor y) => index == 0
            ? graph[part].Apply("Concat", new OnnxAttribute("axis", axis))
            : graph.Extend(graph[y], graph[part]);
    }
}
