namespace TinyJepa.Nn;

/// <summary>Compositions with the signatures of the fused operations of the same names: this file goes when those are there.</summary>
static class Interim
{
    extension(Tensor q)
    {
        internal Tensor NormalizeModulate(Tensor m, int shift, int scale, float epsilon)
        {
            var w = q.Shape[-1];
            return q.Normalize(epsilon) * (m.Columns(scale * w, w) + 1f) + m.Columns(shift * w, w);
        }

        internal Tensor AddGated(Tensor y, Tensor m, int gate) => q + y * m.Columns(gate * q.Shape[-1], q.Shape[-1]);
    }
}

