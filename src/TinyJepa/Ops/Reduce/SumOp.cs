using TinyJepa.Export;

namespace TinyJepa;

/// <summary>Sums and means, over one axis or over everything.</summary>
public static class SumOp
{
    extension(Tensor x)
    {
        /// <summary>The sum of all elements, a scalar.</summary>
        public Tensor Sum() => Reduce(x, [], Everything, mean: false);

        /// <summary>The sums along one axis, which disappears.</summary>
        /// <param name="axis">The axis; negative ones count from the last.</param>
        /// <returns>x's shape without the axis.</returns>
        /// <exception cref="ArgumentOutOfRangeException">There is no such axis.</exception>
        public Tensor Sum(int axis) => Along(x, axis, mean: false);

        /// <summary>The mean of all elements, a scalar; NaN of none.</summary>
        public Tensor Mean() => Reduce(x, [], Everything, mean: true);

        /// <summary>The means along one axis, which disappears; NaN where the axis is empty.</summary>
        /// <param name="axis">The axis; negative ones count from the last.</param>
        /// <returns>x's shape without the axis.</returns>
        /// <exception cref="ArgumentOutOfRangeException">There is no such axis.</exception>
        public Tensor Mean(int axis) => Along(x, axis, mean: true);
    }

    /// <summary>In place of an axis: all of them.</summary>
    internal const int Everything = -1;

    /// <summary>A sum or mean in a graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="x">What is summed.</param>
    /// <param name="axis">The axis that disappears, or <see cref="Everything"/>.</param>
    /// <param name="mean">Whether the sum is divided by its number of terms.</param>
    /// <param name="keepDims">Whether the axis stays, with one step.</param>
    internal static OnnxValue Export(OnnxGraph graph, OnnxValue x, int axis, bool mean, bool keepDims = false)
    {
        var kept = new OnnxAttribute("keepdims", keepDims ? 1 : 0);
        // In opset 17 a mean takes its axes as an attribute still, a sum as an input already; neither means all.
        if (mean) return axis == Everything ? x.Apply("ReduceMean", kept) : x.Apply("ReduceMean", new OnnxAttribute("axes", [axis]), kept);
        return graph.Add("ReduceSum", axis == Everything ? [x] : [x, graph.Integers(axis)], kept);
    }

    /// <summary>The axis as the one in the middle of three.</summary>
    internal static (int Outer, int Size, int Inner) Split(in Shape shape, int axis) => axis == Everything
        ? (1, shape.Elements, 1)
        : (shape.Product(0, axis), shape[axis], shape.Product(axis + 1, shape.Rank));

    static Tensor Along(Tensor x, int axis, bool mean)
    {
        axis = x.Shape.Axis(axis);
        return Reduce(x, x.Shape.Without(axis), axis, mean);
    }

    static Tensor Reduce(Tensor x, Shape shape, int axis, bool mean)
    {
        var y = Tensor.Empty(shape, x.Backend);
        var (outer, size, inner) = Split(x.Shape, axis);
        x.Backend.Sum(x, outer, size, inner, mean ? 1f / size : 1f, y, accumulate: false);
        if (Tape.Tracks(x)) Tape.Add(y, new Grad(x, axis, mean));
        return y;
    }

    /// <summary>Every element of the axis gets the gradient of its sum.</summary>
    readonly struct Grad(Tensor x, int axis, bool mean) : IOp, IExportedOp
    {
        public void Backward(Tensor dy)
        {
            if (!x.NeedsGradient(out var dx)) return;
            var (outer, size, inner) = Split(x.Shape, axis);
            dy.Backend.Broadcast(dy, outer, size, inner, mean ? 1f / size : 1f, dx.Tensor, dx.Accumulate);
        }

        public OnnxValue Export(OnnxGraph graph, Tensor y) => SumOp.Export(graph, graph[x], axis, mean);
    }
}
