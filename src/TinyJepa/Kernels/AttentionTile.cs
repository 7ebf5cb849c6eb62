using System.Runtime.CompilerServices;

namespace TinyJepa.Kernels;

/// <summary>
/// The matrix product inside attention: rows of A are broadcast from wherever they lie, so no operand is packed twice. Every number is one
/// chain of fused multiply-adds in order, whatever the tile.
/// </summary>
/// <remarks>
/// Eight rows, not more: 64 dimensions, 32 queries and blocks of keys are multiples of it, and 16 accumulators already run at 99 % of the
/// peak. As in <see cref="MicroKernel"/> the accumulators are named locals, and nothing here calls anything while it holds them.
/// </remarks>
static unsafe class AttentionTile
{
    /// <summary>C has rows to spare up to the next multiple of this.</summary>
    internal const int Rows = 4;

    static readonly float* Zeros = Scratch.Zeros(32);

    /// <summary>c[i, j] = (resume ? c[i, j] : 0) + Σ a[i, k]·b[k, j]; columns are a multiple of 16.</summary>
    internal static void Product<V>(int rows, int columns, int depth, float* a, int aRow, int aStep, float* b, int bRow, float* c, int cRow, bool resume)
        where V : struct, ILanes<V>
    {
        for (var i = 0; i < rows; i += 8, a += 8L * aRow, c += 8 * cRow)
        {
            var left = rows - i;
            for (var j = 0; j < columns; j += 32)
            {
                float* to = c + j, start = resume ? to : Zeros, from = b + j;
                var startRow = resume ? cRow : 0;
                if (typeof(V) == typeof(Lanes512))
                {
                    if (columns - j >= 32)
                    {
                        if (left > 4) EightByTwo<V>(depth, a, aRow, left - 1, aStep, from, bRow, start, startRow, to, cRow);
                        else FourByTwo<V>(depth, a, aRow, left - 1, aStep, from, bRow, start, startRow, to, cRow);
                    }
                    else if (left > 4) EightByOne<V>(depth, a, aRow, left - 1, aStep, from, bRow, start, startRow, to, cRow);
                    else FourByOne<V>(depth, a, aRow, left - 1, aStep, from, bRow, start, startRow, to, cRow);
                    continue;
                }

                for (var half = 0; half < Math.Min(32, columns - j); half += 16)              // 16 registers hold four rows of one pack
                {
                    FourByOne<V>(depth, a, aRow, left - 1, aStep, from + half, bRow, start + half, startRow, to + half, cRow);
                    if (left > 4) FourByOne<V>(depth, a + 4L * aRow, aRow, left - 5, aStep, from + half, bRow, start + half + 4 * startRow, startRow, to + half + 4 * cRow, cRow);
                }
            }
        }
    }

    [MethodImpl(Kernel.Alone)]
    static void EightByTwo<V>(int depth, float* a, int aRow, int last, int aStep, float* b, int bRow, float* start, int startRow, float* c, int cRow)
        where V : struct, ILanes<V>
    {
        V c00 = V.Load(start), c01 = V.Load(start + 16);
        V c10 = V.Load(start + startRow), c11 = V.Load(start + startRow + 16);
        V c20 = V.Load(start + 2 * startRow), c21 = V.Load(start + 2 * startRow + 16);
        V c30 = V.Load(start + 3 * startRow), c31 = V.Load(start + 3 * startRow + 16);
        V c40 = V.Load(start + 4 * startRow), c41 = V.Load(start + 4 * startRow + 16);
        V c50 = V.Load(start + 5 * startRow), c51 = V.Load(start + 5 * startRow + 16);
        V c60 = V.Load(start + 6 * startRow), c61 = V.Load(start + 6 * startRow + 16);
        V c70 = V.Load(start + 7 * startRow), c71 = V.Load(start + 7 * startRow + 16);

        float* a1 = a + aRow, a2 = a1 + aRow, a3 = a2 + aRow, a4 = a3 + aRow;
        float* a5 = a + (last < 5 ? last : 5) * aRow, a6 = a + (last < 6 ? last : 6) * aRow, a7 = a + (last < 7 ? last : 7) * aRow;
        nint at = 0;
        for (var k = 0; k < depth; k++, at += aStep, b += bRow)
        {
            V b0 = V.Load(b), b1 = V.Load(b + 16);
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
            x = V.Broadcast(a6[at]);
            c60 = V.Fma(x, b0, c60);
            c61 = V.Fma(x, b1, c61);
            x = V.Broadcast(a7[at]);
            c70 = V.Fma(x, b0, c70);
            c71 = V.Fma(x, b1, c71);
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
        V.Store(c60, c + 6 * cRow);
        V.Store(c61, c + 6 * cRow + 16);
        V.Store(c70, c + 7 * cRow);
        V.Store(c71, c + 7 * cRow + 16);
    }

    [MethodImpl(Kernel.Alone)]
    static void FourByTwo<V>(int depth, float* a, int aRow, int last, int aStep, float* b, int bRow, float* start, int startRow, float* c, int cRow)
        where V : struct, ILanes<V>
    {
        V c00 = V.Load(start), c01 = V.Load(start + 16);
        V c10 = V.Load(start + startRow), c11 = V.Load(start + startRow + 16);
        V c20 = V.Load(start + 2 * startRow), c21 = V.Load(start + 2 * startRow + 16);
        V c30 = V.Load(start + 3 * startRow), c31 = V.Load(start + 3 * startRow + 16);

        float* a1 = a + (last < 1 ? last : 1) * aRow, a2 = a + (last < 2 ? last : 2) * aRow, a3 = a + (last < 3 ? last : 3) * aRow;
        nint at = 0;
        for (var k = 0; k < depth; k++, at += aStep, b += bRow)
        {
            V b0 = V.Load(b), b1 = V.Load(b + 16);
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
        }

        V.Store(c00, c);
        V.Store(c01, c + 16);
        V.Store(c10, c + cRow);
        V.Store(c11, c + cRow + 16);
        V.Store(c20, c + 2 * cRow);
        V.Store(c21, c + 2 * cRow + 16);
        V.Store(c30, c + 3 * cRow);
        V.Store(c31, c + 3 * cRow + 16);
    }

    [MethodImpl(Kernel.Alone)]
    static void EightByOne<V>(int depth, float* a, int aRow, int last, int aStep, float* b, int bRow, float* start, int startRow, float* c, int cRow)
        where V : struct, ILanes<V>
    {
        V c0 = V.Load(start), c1 = V.Load(start + startRow), c2 = V.Load(start + 2 * startRow), c3 = V.Load(start + 3 * startRow);
        V c4 = V.Load(start + 4 * startRow), c5 = V.Load(start + 5 * startRow), c6 = V.Load(start + 6 * startRow), c7 = V.Load(start + 7 * startRow);

        float* a1 = a + aRow, a2 = a1 + aRow, a3 = a2 + aRow, a4 = a3 + aRow;
        float* a5 = a + (last < 5 ? last : 5) * aRow, a6 = a + (last < 6 ? last : 6) * aRow, a7 = a + (last < 7 ? last : 7) * aRow;
        nint at = 0;
        for (var k = 0; k < depth; k++, at += aStep, b += bRow)
        {
            var b0 = V.Load(b);
            c0 = V.Fma(V.Broadcast(a[at]), b0, c0);
            c1 = V.Fma(V.Broadcast(a1[at]), b0, c1);
            c2 = V.Fma(V.Broadcast(a2[at]), b0, c2);
            c3 = V.Fma(V.Broadcast(a3[at]), b0, c3);
            c4 = V.Fma(V.Broadcast(a4[at]), b0, c4);
            c5 = V.Fma(V.Broadcast(a5[at]), b0, c5);
            c6 = V.Fma(V.Broadcast(a6[at]), b0, c6);
            c7 = V.Fma(V.Broadcast(a7[at]), b0, c7);
        }

        V.Store(c0, c);
        V.Store(c1, c + cRow);
        V.Store(c2, c + 2 * cRow);
        V.Store(c3, c + 3 * cRow);
        V.Store(c4, c + 4 * cRow);
        V.Store(c5, c + 5 * cRow);
        V.Store(c6, c + 6 * cRow);
        V.Store(c7, c + 7 * cRow);
    }

    [MethodImpl(Kernel.Alone)]
    static void FourByOne<V>(int depth, float* a, int aRow, int last, int aStep, float* b, int bRow, float* start, int startRow, float* c, int cRow)
        where V : struct, ILanes<V>
    {
        V c0 = V.Load(start), c1 = V.Load(start + startRow), c2 = V.Load(start + 2 * startRow), c3 = V.Load(start + 3 * startRow);

        float* a1 = a + (last < 1 ? last : 1) * aRow, a2 = a + (last < 2 ? last : 2) * aRow, a3 = a + (last < 3 ? last : 3) * aRow;
        nint at = 0;
        for (var k = 0; k < depth; k++, at += aStep, b += bRow)
        {
            var b0 = V.Load(b);
            c0 = V.Fma(V.Broadcast(a[at]), b0, c0);
            c1 = V.Fma(V.Broadcast(a1[at]), b0, c1);
            c2 = V.Fma(V.Broadcast(a2[at]), b0, c2);
            c3 = V.Fma(V.Broadcast(a3[at]), b0, c3);
        }

        V.Store(c0, c);
        V.Store(c1, c + cRow);
        V.Store(c2, c + 2 * cRow);
        V.Store(c3, c + 3 * cRow);
    }
}
