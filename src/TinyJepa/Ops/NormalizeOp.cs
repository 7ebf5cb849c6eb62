namespace TinyJepa;

/// <summary>y = (x − mean)/√(variance + ε) over the last axis: layer normalisation before its gain and bias (Ba et al. 2016, eq. 4).</summary>
public static class NormalizeOp
{
    extension(Tensor x)
    {
        /// <summary>y = (x − mean)/√(variance + ε) over the last axis, with the biased variance.</summary>
        public Tensor Normalize(float epsilon = 1e-5f)
        {
            if (x.Shape.Rank == 0) Throw.Unfit("Normalize", x.Shape, "it needs an axis");
            var (y, rstd) = (Tensor.Empty(x.Shape, x.Backend), Tensor.Empty(x.Shape.Without(-1), x.Backend));
            x.Backend.Normalize(x, epsilon, y, rstd);
            if (Tape.Tracks(x)) Tape.Add(y, new Grad(x, y, rstd));
            return y;
        }
    }

    readonly struct Grad(Tensor x, Tensor y, Tensor rstd) : IOp
    {
        public void Backward(Tensor dy)
        {
            if (x.Wants(out var dx)) y.Backend.NormalizeBackward(y, rstd, dy, dx.Target, dx.Keep);
        }
    }
}
