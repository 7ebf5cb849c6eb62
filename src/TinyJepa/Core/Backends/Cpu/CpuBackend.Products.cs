using TinyJepa.Kernels;

namespace TinyJepa;

/// <summary>Matrix products and linear layers.</summary>
sealed unsafe partial class CpuBackend
{
    public override void MatMul(Tensor a, bool transposeA, Tensor b, bool transposeB, Tensor c, bool accumulate)
    {
        using var at = new Operands();
        int m = c.Shape[-2], n = c.Shape[-1], k = a.Shape[transposeA ? -2 : -1];
        var batch = c.Shape.Product(0, c.Shape.Rank - 2);
        var shared = b.Shape.Rank == 2;
        if (shared && !transposeA && batch > 1) (m, batch) = (m * batch, 1);                 // one tall product

        var p = new Gemm.Product
        {
            M = m, N = n, K = k,
            A = at[a], ARow = transposeA ? 1 : k, AStep = transposeA ? m : 1,
            B = at[b], BRow = transposeB ? k : n, BTransposed = transposeB,
            C = at[c], CRow = n, Accumulate = accumulate,
        };
        Gemm.Run(p, new Identity(), batch, (nint)m * k, shared ? 0 : (nint)k * n, (nint)m * n);
    }

    public override void Linear<F>(Tensor x, Tensor weight, Tensor? bias, Tensor? residual, F f, Tensor y, Tensor? activated)
    {
        using var at = new Operands();
        int m = y.Shape[0], n = y.Shape[1], k = x.Shape[1];
        var p = new Gemm.Product
        {
            M = m, N = n, K = k, A = at[x], ARow = k, AStep = 1, B = at[weight], BRow = k, BTransposed = true, C = at[y], CRow = n,
            Bias = at[bias], Residual = at[residual], Activated = at[activated],
        };
        if (m > GemmDot.FewRows && FrozenWeightOf(weight) is { } frozen) p.Panels = at[Panels(frozen, p)];
        Gemm.Run(p, f);
    }

    /// <summary>A frozen weight [n, k] as the panels that x·Wᵀ reads, packed once.</summary>
    CpuStorage Panels(FrozenWeight frozen, in Gemm.Product p)
    {
        if (frozen.Packed is CpuStorage ready) return ready;
        using var at = new Operands();
        var packed = new CpuStorage(this, checked((int)Gemm.PanelFloats(p)));
        Gemm.PackPanels(p, at[packed]);
        return (CpuStorage)frozen.Publish(packed);
    }

    public override void LinearBackwardWeight(Tensor dy, Tensor x, GradientTarget dw, GradientTarget? db)
    {
        using var at = new Operands();
        int m = dw.Tensor.Shape[0], n = dw.Tensor.Shape[1], k = dy.Shape[0];
        var p = new Gemm.Product
        {
            M = m, N = n, K = k, A = at[dy], ARow = 1, AStep = m, B = at[x], BRow = n, C = at[dw.Tensor], CRow = n, Accumulate = dw.Accumulate,
            Sums = at[db], AccumulateSums = db is { Accumulate: true },
        };
        Gemm.Run(p, new Identity());
    }
}
