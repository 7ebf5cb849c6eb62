using TinyJepa.Export;

namespace TinyJepa;

/// <summary>Rows by index; a row may be chosen many times.</summary>
public static class GatherOp
{
    extension(Tensor x)
    {
        /// <summary>y[i] = x[rows[i]].</summary>
        /// <param name="rows">Indices of rows of x: steps of its first axis. Read again by the backward pass, so leave them as they are until then.</param>
        /// <returns>[rows, …]</returns>
        /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
        public Tensor Gather(ReadOnlyMemory<int> rows)
        {
            var width = x.Shape.Product(1, x.Shape.Rank);
            foreach (var row in rows.Span)
                if ((uint)row >= (uint)x.Shape[0]) throw new ArgumentOutOfRangeException(nameof(rows), row, $"The shape {x.Shape} has no row {row}.");
            var y = Tensor.Empty(x.Shape.With(0, rows.Length), x.Backend);
            x.Backend.Gather(x, rows.Span, width, width, y);
            if (Tape.Tracks(x)) Tape.Add(y, new Grad(x, rows));
            return y;
        }
    }

    readonly struct Grad(Tensor x, ReadOnlyMemory<int> rows) : IOp, IExportedOp
    {
        public void Backward(Tensor dy)
        {
            if (!x.NeedsGradient(out var dx)) return;
            if (!dx.Accumulate) dy.Backend.Fill(dx.Tensor, 0f);
            var width = x.Shape.Product(1, x.Shape.Rank);
            dy.Backend.ScatterAdd(dy, rows.Span, width, width, dx.Tensor);
        }

        public OnnxValue Export(OnnxGraph graph, Tensor y)
        {
            var indices = new long[rows.Length];
            for (var i = 0; i < indices.Length; i++) indices[i] = rows.Span[i];
            return graph.Add("Gather", [graph[x], graph.Integers(indices)], new OnnxAttribute("axis", 0));
        }
    }
}
