using System.Runtime.CompilerServices;

namespace TinyJepa.Kernels;

/// <summary>Six rows of A times one packed panel of B, all in registers.</summary>
/// <remarks>
/// The accumulators are named locals because the JIT keeps only those in registers (an array of them ran at a third of the speed), and
/// nothing here calls anything: a call would spill every vector register. Two packs a row fill the 32 registers of AVX-512 best; with 16
/// registers of 256 bits one pack a row does, and the panel is walked twice.
/// </remarks>
static unsafe class MicroKernel
{
    /// <summary>c[i, j] = start[i, j] + Σ a[i, k]·panel[k, j] over kc steps; rows from <paramref name="rows"/> on repeat the last row of A.</summary>
    internal static void Run<V>(int kc, float* a, int aRow, int rows, int aStep, float* panel, float* start, int startRow, float* c, int cRow)
        where V : struct, ILanes<V>
    {
        if (typeof(V) == typeof(Lanes512))
        {
            SixByTwo<V>(kc, a, aRow, rows - 1, aStep, panel, start, startRow, c, cRow);
            return;
        }

        SixByOne<V>(kc, a, aRow, rows - 1, aStep, panel, start, startRow, c, cRow);
        SixByOne<V>(kc, a, aRow, rows - 1, aStep, panel + 16, start + 16, startRow, c + 16, cRow);
    }

    [MethodImpl(Kernel.Alone)]
    static void SixByTwo<V>(int kc, float* a, int aRow, int last, int aStep, float* panel, float* start, int startRow, float* c, int cRow)
        where V : struct, ILanes<V>
    {
        V c00 = V.Load(start), c01 = V.Load(start + 16);
        V c10 = V.Load(start + startRow), c11 = V.Load(start + startRow + 16);
        V c20 = V.Load(start + 2 * startRow), c21 = V.Load(start + 2 * startRow + 16);
        V c30 = V.Load(start + 3 * startRow), c31 = V.Load(start + 3 * startRow + 16);
        V c40 = V.Load(start + 4 * startRow), c41 = V.Load(start + 4 * startRow + 16);
        V c50 = V.Load(start + 5 * startRow), c51 = V.Load(start + 5 * startRow + 16);

        float* a1 = a + (last < 1 ? last : 1) * aRow, a2 = a + (last < 2 ? last : 2) * aRow, a3 = a + (last < 3 ? last : 3) * aRow;
        float* a4 = a + (last < 4 ? last : 4) * aRow, a5 = a + (last < 5 ? last : 5) * aRow;
        nint at = 0;
        for (var k = 0; k < kc; k++, at += aStep, panel += Gemm.PanelColumns)
        {
            V b0 = V.Load(panel), b1 = V.Load(panel + 16);
            var x = V.Broadcast(a[at]);
            c00 = V.Fma(x, b0, c00);
            c01 = V.Fma(x, b1, c01);
            x = V.Broadcast(a1[at]);
            c10 = V.Fma(x, b0, c10);
            c11 = V.Fma(x, b1, c11);
            x = V.Broadcast(a2[at]);
            c20 = V.Fma(x, b0, c20);
            c21 = V.Fma(x, b1, c21);
            x = V.Broadcast(a3[at]);
            c30 = V.Fma(x, b0, c30);
            c31 = V.Fma(x, b1, c31);
            x = V.Broadcast(a4[at]);
            c40 = V.Fma(x, b0, c40);
            c41 = V.Fma(x, b1, c41);
            x = V.Broadcast(a5[at]);
            c50 = V.Fma(x, b0, c50);
            c51 = V.Fma(x, b1, c51);
        }

        V.Store(c00, c);
        V.Store(c01, c + 16);
        V.Store(c10, c + cRow);
        V.Store(c11, c + cRow + 16);
        V.Store(c20, c + 2 * cRow);
        V.Store(c21, c + 2 * cRow + 16);
        V.Store(c30, c + 3 * cRow);
        V.Store(c31, c + 3 * cRow + 16);
        V.Store(c40, c + 4 * cRow);
        V.Store(c41, c + 4 * cRow + 16);
        V.Store(c50, c + 5 * cRow);
        V.Store(c51, c + 5 * cRow + 16);
    }

    [MethodImpl(Kernel.Alone)]
    static void SixByOne<V>(int kc, float* a, int aRow, int last, int aStep, float* panel, float* start, int startRow, float* c, int cRow)
        where V : struct, ILanes<V>
    {
        V c0 = V.Load(start), c1 = V.Load(start + startRow), c2 = V.Load(start + 2 * startRow);
        V c3 = V.Load(start + 3 * startRow), c4 = V.Load(start + 4 * startRow), c5 = V.Load(start + 5 * startRow);

        float* a1 = a + (last < 1 ? last : 1) * aRow, a2 = a + (last < 2 ? last : 2) * aRow, a3 = a + (last < 3 ? last : 3) * aRow;
        float* a4 = a + (last < 4 ? last : 4) * aRow, a5 = a + (last < 5 ? last : 5) * aRow;
        nint at = 0;
        for (var k = 0; k < kc; k++, at += aStep, panel += Gemm.PanelColumns)
        {
            var b = V.Load(panel);
            c0 = V.Fma(V.Broadcast(a[at]), b, c0);
            c1 = V.Fma(V.Broadcast(a1[at]), b, c1);
            c2 = V.Fma(V.Broadcast(a2[at]), b, c2);
            c3 = V.Fma(V.Broadcast(a3[at]), b, c3);
            c4 = V.Fma(V.Broadcast(a4[at]), b, c4);
            c5 = V.Fma(V.Broadcast(a5[at]), b, c5);
        }

        V.Store(c0, c);
        V.Store(c1, c + cRow);
        V.Store(c2, c + 2 * cRow);
        V.Store(c3, c + 3 * cRow);
        V.Store(c4, c + 4 * cRow);
        V.Store(c5, c + 5 * cRow);
    }
}
