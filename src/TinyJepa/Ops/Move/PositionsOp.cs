using TinyJepa.Export;

namespace TinyJepa;

/// <summary>What makes a set of tokens a sequence: a learned vector for every place, and a learned token in front (Dosovitskiy et al. 2021, eq. 1).</summary>
public static class PositionsOp
{
    extension(Tensor x)
    {
        /// <summary>y[b, i] = x[b, i] + positions[i]; with a first token, y[b, 0] = first + positions[0] and y[b, i] = x[b, i − 1] + positions[i].</summary>
        /// <param name="positions">[…, places, dim], of which the first ones are used.</param>
        /// <param name="first">[…, dim], put before the tokens of every sequence; null for none.</param>
        /// <returns>[batch, tokens, dim] for x of that shape; one token more with a first one.</returns>
        /// <exception cref="ArgumentException">There are more tokens than places, or the sizes of the tokens differ.</exception>
        public Tensor AddPositions(Tensor positions, Tensor? first = null)
        {
            if (x.Shape.Rank != 3) Throw.Mismatch("AddPositions", x.Shape, positions.Shape, "it places tokens [batch, tokens, dim]");
            var (dim, tokens) = (x.Shape[2], x.Shape[1] + (first is null ? 0 : 1));
            if (positions.Shape.Rank == 0 || positions.Shape[-1] != dim || positions.Length < tokens * dim)
                Throw.Mismatch("AddPositions", x.Shape, positions.Shape, $"the {tokens} tokens need at least as many places of size {dim}");
            if (first is { } token && token.Length != dim) Throw.Mismatch("AddPositions", x.Shape, token.Shape, $"the first token must hold {dim} elements");

            var y = Tensor.Empty(x.Shape.With(1, tokens), x.Backend);
            var (batch, width, row) = (x.Shape[0], x.Shape[1] * dim, tokens * dim);
            x.Backend.CopyRows(positions, 0, 0, y, 0, row, batch, row, accumulate: false);
            x.Backend.CopyRows(x, 0, width, y, row - width, row, batch, width, accumulate: true);
            if (first is { } one) x.Backend.CopyRows(one, 0, 0, y, 0, row, batch, dim, accumulate: true);
            if (first is { } f ? Tape.Tracks(x, positions, f) : Tape.Tracks(x, positions)) Tape.Add(y, new Grad(x, positions, first));
            return y;
        }
    }

    /// <summary>A token's gradient is that of its sum; a position and the first token sum theirs over the batch.</summary>
    readonly struct Grad(Tensor x, Tensor positions, Tensor? first) : IOp, IExportedOp
    {
        public void Backward(Tensor dy)
        {
            var (batch, dim) = (dy.Shape[0], dy.Shape[2]);
            var (width, row) = (x.Shape[1] * dim, dy.Shape[1] * dim);
            if (x.NeedsGradient(out var dx)) dy.Backend.CopyRows(dy, row - width, row, dx.Tensor, 0, width, batch, width, dx.Accumulate);
            if (positions.NeedsGradient(out var dp))
            {
                var flat = dp.Tensor.Reshape([positions.Length]);
                if (!dp.Accumulate && row < positions.Length) dy.Backend.Fill(flat.Rows(row, positions.Length - row), 0f);
                dy.Backend.Sum(dy, 1, batch, row, 1f, flat.Rows(0, row), dp.Accumulate);
            }

            if (first is not { } one || !one.NeedsGradient(out var df)) return;
            var each = Tensor.Empty([batch, dim], dy.Backend);
            dy.Backend.CopyRows(dy, 0, row, each, 0, dim, batch, dim, accumulate: false);
            dy.Backend.Sum(each, 1, batch, dim, 1f, df.Tensor, df.Accumulate);
        }

        /// <summary>The first token is put before the others by padding both with zeros: no value has to be repeated along the batch.</summary>
        public OnnxValue Export(OnnxGraph graph, Tensor y)
        {
            var (tokens, dim) = (y.Shape[1], y.Shape[2]);
            var places = graph.Reshape(graph[positions], [positions.Length / dim, dim]);
            places = graph.Slice(places, 0, 0, tokens, positions.Length / dim);
            if (first is not { } one) return graph[x] + places;
            var token = graph.Add("Pad", [graph.Reshape(graph[one], [1, dim]), graph.Integers(0, 0, tokens - 1, 0)]);
            return graph.Add("Pad", [graph[x], graph.Integers(0, 1, 0, 0, 0, 0)]) + (places + token);
        }
    }
}
