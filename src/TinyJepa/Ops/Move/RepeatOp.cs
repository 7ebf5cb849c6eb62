using TinyJepa.Export;

namespace TinyJepa;

/// <summary>Copies along a new axis, for broadcasts that the operators do not do.</summary>
public static class RepeatOp
{
    extension(Tensor x)
    {
        /// <summary>The tensor <paramref name="count"/> times along a new first axis.</summary>
        /// <returns>[count, …]</returns>
        public Tensor RepeatRows(int count) => Repeat(x, count, last: false);

        /// <summary>Every element <paramref name="count"/> times along a new last axis.</summary>
        /// <returns>[…, count]</returns>
        public Tensor RepeatColumns(int count) => Repeat(x, count, last: true);
    }

    static Tensor Repeat(Tensor x, int count, bool last)
    {
        Span<int> sizes = stackalloc int[Shape.MaxRank + 1];
        var rank = x.Shape.Rank;
        for (var i = 0; i < rank; i++) sizes[last ? i : i + 1] = x.Shape[i];
        sizes[last ? rank : 0] = count;
        var y = Tensor.Empty(Shape.Create(sizes[..(rank + 1)]), x.Backend);
        var (outer, inner) = last ? (x.Length, 1) : (1, x.Length);
        x.Backend.Broadcast(x, outer, count, inner, 1f, y, accumulate: false);
        if (Tape.Tracks(x)) Tape.Add(y, new Grad(x, count, last));
        return y;
    }

    /// <summary>The copies' gradients add up.</summary>
    readonly struct Grad(Tensor x, int count, bool last) : IOp, IExportedOp
    {
        public void Backward(Tensor dy)
        {
            if (x.NeedsGradient(out var dx)) dy.Backend.Sum(dy, last ? x.Length : 1, count, last ? 1 : x.Length, 1f, dx.Tensor, dx.Accumulate);
        }

        /// <summary>Copies along a new axis of 1; the ones elsewhere leave an axis as it is.</summary>
        public OnnxValue Export(OnnxGraph graph, Tensor y)
        {
            var rank = x.Shape.Rank;
            var sizes = new long[rank + 1];
            Array.Fill(sizes, 1);
            sizes[last ? rank : 0] = count;
            var from = last ? graph.Add("Unsqueeze", [graph[x], graph.Integers(rank)]) : graph[x];
            return graph.Add("Expand", [from, graph.Integers(sizes)]);
        }
    }
}
