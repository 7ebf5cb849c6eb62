namespace TinyJepa.Kernels;

/// <summary>
/// A few columns of C waste most lanes of a pack. Then the product runs as Cᵀ = op(B)ᵀ·op(A)ᵀ, with the long side of C on the lanes: the same
/// chains, and the same bits.
/// </summary>
static unsafe class GemmSwap
{
    const int FewColumns = 8;

    internal static bool Serves(in Gemm.Product p) => p.N <= FewColumns && p.M >= 2 * FewColumns && p.Sums == null;

    internal static void Run<F>(in Gemm.Product p, F f) where F : unmanaged, IUnary
    {
        // Cᵀ in rows of whole packs, so that all columns fill packs. What follows the last column is computed and dropped.
        var row = IntegerMath.RoundUp(p.M, 16);
        var size = (nint)row * p.N;
        using var block = new Scratch.Block(size);
        var c = block.Pointer;
        if (p.Accumulate) Transpose.Run(p.C, p.CRow, p.M, p.N, c, row);
        else for (var n = 0; n < p.N; n++) new Span<float>(c + n * row, p.M).Fill(p.Bias == null ? 0f : p.Bias[n]);

        var swapped = new Gemm.Product
        {
            M = p.N, N = p.M, K = p.K,
            A = p.B, ARow = p.BTransposed ? p.BRow : 1, AStep = p.BTransposed ? 1 : p.BRow,
            B = p.A, BRow = p.AStep == 1 ? p.ARow : p.AStep, BTransposed = p.AStep == 1,
            C = c, CRow = row, Accumulate = true,
        };
        Gemm.Blocked(swapped, new Identity());

        Transpose.Run(c, row, p.N, p.M, p.C, p.CRow);
        GemmFinish.Run(p, f);
    }
}
