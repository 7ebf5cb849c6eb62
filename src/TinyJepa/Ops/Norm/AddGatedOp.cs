using TinyJepa.Export;

namespace TinyJepa;

/// <summary>y = x + gate·z: a residual branch behind a gate that a condition opens (Peebles &amp; Xie 2023, §3.2, adaLN-Zero).</summary>
public static class AddGatedOp
{
    extension(Tensor x)
    {
        /// <summary>y = x + gate·z.</summary>
        /// <param name="z">The branch, of x's shape […, dim].</param>
        /// <param name="m">[…, chunks·dim]: a modulation for every row.</param>
        /// <param name="gate">Which of m's chunks of dim columns is the gate, from 0 on.</param>
        /// <returns>A tensor of x's shape.</returns>
        /// <exception cref="ArgumentException">z has not x's shape, or m is not […, chunks·dim].</exception>
        /// <exception cref="ArgumentOutOfRangeException">m has no such chunk.</exception>
        public Tensor AddGated(Tensor z, Tensor m, int gate)
        {
            if (x.Shape != z.Shape) Throw.Mismatch("AddGated", x.Shape, z.Shape, "the branch must have the shape of what it is added to");
            ModulateOp.Check("AddGated", x, m, gate);
            var y = Tensor.Empty(x.Shape, x.Backend);
            x.Backend.AddGated(x, z, m, gate, y);
            if (Tape.Tracks(x, z, m)) Tape.Add(y, new Grad(x, z, m, gate));
            return y;
        }
    }

    /// <summary>dx = dy, dz = dy·gate, dgate = dy·z.</summary>
    readonly struct Grad(Tensor x, Tensor z, Tensor m, int gate) : IOp, IExportedOp
    {
        public void Backward(Tensor dy)
        {
            if (x.NeedsGradient(out var dx)) dy.Backend.Add(dy, 1f, dx.Tensor, dx.Accumulate);
            var dz = z.GradientTargetOrNull();
            dy.Backend.AddGatedBackward(z, m, gate, dy, dz, ModulateOp.Collect(m));
        }

        public OnnxValue Export(OnnxGraph graph, Tensor y) => graph[x] + graph[z] * ModulateOp.Chunk(graph, m, gate, x.Shape[-1]);
    }
}
