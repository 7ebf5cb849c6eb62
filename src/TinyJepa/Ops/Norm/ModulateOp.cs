using TinyJepa.Export;

namespace TinyJepa;

/// <summary>
/// y = n·(1 + scale) + shift: rows modulated by a condition (Peebles &amp; Xie 2023, §3.2). Shift and scale are columns of one modulation tensor,
/// which a single linear layer makes for a whole block; they are read where they are, and their gradients are written there.
/// </summary>
public static class ModulateOp
{
    extension(Tensor n)
    {
        /// <summary>y = n·(1 + scale) + shift.</summary>
        /// <param name="m">[…, chunks·dim] for this tensor's shape […, dim]: a modulation for every row.</param>
        /// <param name="shift">Which of m's chunks of dim columns is the shift, from 0 on.</param>
        /// <param name="scale">Which of them is the scale.</param>
        /// <returns>A tensor of n's shape.</returns>
        /// <exception cref="ArgumentException">m is not […, chunks·dim].</exception>
        /// <exception cref="ArgumentOutOfRangeException">m has no such chunk.</exception>
        public Tensor Modulate(Tensor m, int shift, int scale)
        {
            Check("Modulate", n, m, shift);
            Check("Modulate", n, m, scale);
            var y = Tensor.Empty(n.Shape, n.Backend);
            n.Backend.Modulate(n, m, shift, scale, y);
            if (Tape.Tracks(n, m)) Tape.Add(y, new Grad(n, m, shift, scale));
            return y;
        }
    }

    /// <summary>Checks that m holds a chunk of that index for every row of x.</summary>
    internal static void Check(string operation, Tensor x, Tensor m, int chunk)
    {
        var (shape, modulation) = (x.Shape, m.Shape);
        if (shape.Rank == 0 || modulation.Rank != shape.Rank || shape[-1] == 0 || modulation[-1] % shape[-1] != 0 || modulation.WithLast(shape[-1]) != shape)
            Throw.Mismatch(operation, shape, modulation, "the modulation must be […, chunks·dim] for […, dim]");
        var chunks = modulation[-1] / shape[-1];
        if ((uint)chunk >= (uint)chunks)
            throw new ArgumentOutOfRangeException(nameof(chunk), chunk,
                $"The modulation {modulation} has {chunks} chunks of {shape[-1]} columns, 0 to {chunks - 1}.");
    }

    /// <summary>
    /// Where the gradients of m's chunks are added; null if nobody needs them. Each operation of a block writes some chunks only, so the gradient
    /// starts from zero.
    /// </summary>
    internal static GradientTarget? Collect(Tensor m)
    {
        if (!m.NeedsGradient(out var dm)) return null;
        if (!dm.Accumulate) m.Backend.Fill(dm.Tensor, 0f);
        return dm with { Accumulate = true };
    }

    /// <summary>One of m's chunks of columns in a graph.</summary>
    internal static OnnxValue Chunk(OnnxGraph graph, Tensor m, int chunk, int dim) =>
        graph.Slice(graph[m], m.Shape.Rank - 1, chunk * dim, dim, m.Shape[-1]);

    /// <summary>n·(1 + scale) + shift in a graph.</summary>
    internal static OnnxValue Export(OnnxGraph graph, OnnxValue n, Tensor m, int shift, int scale, int dim) =>
        n * (Chunk(graph, m, scale, dim) + 1f) + Chunk(graph, m, shift, dim);

    /// <summary>dn = dy·(1 + scale), dscale = dy·n, dshift = dy.</summary>
    readonly struct Grad(Tensor n, Tensor m, int shift, int scale) : IOp, IExportedOp
    {
        public void Backward(Tensor dy)
        {
            var dn = n.GradientTargetOrNull();
            dy.Backend.ModulateBackward(n, m, shift, scale, dy, dn, Collect(m));
        }

        public OnnxValue Export(OnnxGraph graph, Tensor y) => ModulateOp.Export(graph, graph[n], m, shift, scale, n.Shape[-1]);
    }
}
