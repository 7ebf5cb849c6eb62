using System.Runtime.CompilerServices;
using TinyJepa.Export;

namespace TinyJepa;

/// <summary>The same elements with the axes in another order, copied.</summary>
public static class PermuteOp
{
    extension(Tensor x)
    {
        /// <summary>y's axis i is x's axis axes[i].</summary>
        /// <param name="axes">Every axis of x once.</param>
        /// <exception cref="ArgumentException">An axis is missing, named twice or unknown.</exception>
        public Tensor Permute(params ReadOnlySpan<int> axes)
        {
            var order = default(Order);
            var shape = x.Shape;
            var seen = 0;
            for (var i = 0; i < Math.Min(axes.Length, shape.Rank); i++)
            {
                order[i] = shape.Axis(axes[i]);
                seen |= 1 << order[i];
            }

            if (axes.Length != shape.Rank || seen != (1 << shape.Rank) - 1)
                Throw.Unfit($"Permute to ({string.Join(", ", axes.ToArray())})", shape, "every axis must be named once");
            var target = shape;
            for (var i = 0; i < axes.Length; i++) target = target.With(i, shape[order[i]]);

            var y = Tensor.Empty(target, x.Backend);
            x.Backend.Permute(x, ((ReadOnlySpan<int>)order)[..axes.Length], y, accumulate: false);
            if (Tape.Tracks(x)) Tape.Add(y, new Grad(x, order, axes.Length));
            return y;
        }

        /// <summary>The last two axes swapped.</summary>
        /// <exception cref="ArgumentException">There are fewer than two axes.</exception>
        public Tensor Transpose()
        {
            var rank = x.Shape.Rank;
            if (rank < 2) Throw.Unfit("Transpose", x.Shape, "it needs at least two axes");
            Span<int> axes = stackalloc int[Shape.MaxRank];
            for (var i = 0; i < rank; i++) axes[i] = i;
            (axes[rank - 1], axes[rank - 2]) = (rank - 2, rank - 1);
            return x.Permute(axes[..rank]);
        }
    }

    /// <summary>The gradient goes back through the inverse order.</summary>
    readonly struct Grad(Tensor x, Order order, int rank) : IOp, IExportedOp
    {
        public void Backward(Tensor dy)
        {
            if (!x.NeedsGradient(out var dx)) return;
            Span<int> inverse = stackalloc int[rank];
            for (var i = 0; i < rank; i++) inverse[order[i]] = i;
            dy.Backend.Permute(dy, inverse, dx.Tensor, dx.Accumulate);
        }

        public OnnxValue Export(OnnxGraph graph, Tensor y) => graph.Transpose(graph[x], ((ReadOnlySpan<int>)order)[..rank]);
    }

    [InlineArray(Shape.MaxRank)]
    struct Order
    {
        int _0;
    }
}
