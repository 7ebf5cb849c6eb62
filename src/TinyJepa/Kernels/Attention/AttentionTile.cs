using System.Runtime.CompilerServices;

namespace TinyJepa.Kernels;

/// <summary>The steps that both directions of attention are made of: products of blocks, and columns that become queries.</summary>
static unsafe class AttentionTile
{
    static readonly float* Zeros = Scratch.Zeros(MicroKernel.PanelColumns);

    /// <summary>
    /// c[i, j] = (resume ? c[i, j] : 0) + Σ a[i, k]·b[k, j]: one chain of fused multiply-adds in order. Operands are read in
    /// place; the columns are whole packs. The rows are cut into tiles of nearly equal height.
    /// </summary>
    internal static void Product<V>(int rows, int columns, int depth, float* a, nint aRow, nint aStep, float* b, nint bRow, float* c, nint cRow, bool resume)
        where V : struct, ILanes<V>
    {
        var tiles = IntegerMath.CeilDiv(rows, MicroKernel.TileRows);
        for (var tile = 0; tile < tiles; tile++)
        {
            int from = rows * tile / tiles, count = rows * (tile + 1) / tiles - from;
            for (var j = 0; j < columns; j += MicroKernel.PanelColumns)
            {
                var to = c + from * cRow + j;
                MicroKernel.Run<V>(
                    depth, a + from * aRow, aRow, count, aStep, b + j, resume ? to : Zeros, resume ? cRow : 0, to, cRow, bRow, columns - j > 16 ? 2 : 1);
            }
        }
    }

    /// <summary>
    /// Reads one float of every cache line of some rows, so that all lines are fetched at once: shuffling and rewriting rows that arrive from the
    /// third-level cache line after line took 8 % of the forward pass.
    /// </summary>
    [MethodImpl(Kernel.NoInline)]
    internal static void Touch(float* x, nint row, int rows, int dim, float* target)
    {
        var seen = 0f;
        for (var i = 0; i < rows; i++, x += row)
            for (var d = 0; d < dim; d += 16)
                seen += x[d];
        *target = seen;
    }

    /// <summary>panel[d, i] = scale·x[i, d]; columns from <paramref name="count"/> on are zero.</summary>
    internal static void TransposeScaled<V>(float* x, nint row, int count, int dim, float scale, float* panel, int width) where V : struct, ILanes<V>
    {
        if (count < width) new Span<float>(panel, dim * width).Clear();
        Transpose.Run(x, row, count, dim, panel, width);
        Scale<V>(panel, dim * width, scale);
    }

    [MethodImpl(Kernel.NoInline)]
    static void Scale<V>(float* x, int n, float scale) where V : struct, ILanes<V>
    {
        var factor = V.Broadcast(scale);
        for (var i = 0; i < n; i += 16) V.Store(V.Load(x + i) * factor, x + i);
    }

    /// <summary>y = [y +] x for rows whose last pack in x is padded.</summary>
    [MethodImpl(Kernel.NoInline)]
    internal static void Rows<V>(float* x, nint width, int rows, int dim, float* y, nint row, bool accumulate) where V : struct, ILanes<V>
    {
        for (var i = 0; i < rows; i++, x += width, y += row)
        {
            var d = 0;
            for (; d + 16 <= dim; d += 16) V.Store(accumulate ? V.Load(y + d) + V.Load(x + d) : V.Load(x + d), y + d);
            for (; d < dim; d++) y[d] = accumulate ? y[d] + x[d] : x[d];
        }
    }
}
