using TinyJepa.Export;

namespace TinyJepa;

/// <summary>
/// y = n·(1 + scale) + shift for n = (x − mean)/√(variance + ε): adaptive layer normalisation as one operation (Peebles &amp; Xie 2023, §3.2).
/// </summary>
public static class NormalizeModulateOp
{
    extension(Tensor x)
    {
        /// <summary>What <c>x.Normalize(epsilon).Modulate(m, shift, scale)</c> gives, without the tensor between.</summary>
        /// <param name="m">[…, chunks·dim] for this tensor's shape […, dim]: a modulation for every row.</param>
        /// <param name="shift">Which of m's chunks of dim columns is the shift, from 0 on.</param>
        /// <param name="scale">Which of them is the scale.</param>
        /// <param name="epsilon">Added to the variance.</param>
        /// <returns>A tensor of x's shape.</returns>
        /// <exception cref="ArgumentException">m is not […, chunks·dim].</exception>
        /// <exception cref="ArgumentOutOfRangeException">m has no such chunk.</exception>
        public Tensor NormalizeModulate(Tensor m, int shift, int scale, float epsilon = 1e-5f)
        {
            ModulateOp.Check("NormalizeModulate", x, m, shift);
            ModulateOp.Check("NormalizeModulate", x, m, scale);
            var (mean, rstd) = (Tensor.Empty(x.Shape.Without(-1), x.Backend), Tensor.Empty(x.Shape.Without(-1), x.Backend));
            var y = Tensor.Empty(x.Shape, x.Backend);
            x.Backend.NormalizeModulate(x, m, shift, scale, epsilon, y, mean, rstd);
            if (Tape.Tracks(x, m)) Tape.Add(y, new Grad(x, m, shift, scale, epsilon, mean, rstd));
            return y;
        }
    }

    /// <summary>With g = dy·(1 + scale): dx = rstd·(g − mean(g) − n·mean(g·n)), dscale = dy·n, dshift = dy.</summary>
    readonly struct Grad(Tensor x, Tensor m, int shift, int scale, float epsilon, Tensor mean, Tensor rstd) : IOp, IExportedOp
    {
        public void Backward(Tensor dy)
        {
            var dx = x.GradientTargetOrNull();
            dy.Backend.NormalizeModulateBackward(x, m, shift, scale, mean, rstd, dy, dx, ModulateOp.Collect(m));
        }

        public OnnxValue Export(OnnxGraph graph, Tensor y) => ModulateOp.Export(graph, NormalizeOp.Export(graph, x, epsilon), m, shift, scale, x.Shape[-1]);
    }
}
