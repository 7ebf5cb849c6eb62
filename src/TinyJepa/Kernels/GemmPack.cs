using System.Runtime.CompilerServices;

namespace TinyJepa.Kernels;

/// <summary>Copies of the operands in the order in which the micro-kernel reads them.</summary>
static unsafe class GemmPack
{
    const int PanelColumns = MicroKernel.PanelColumns;

    /// <summary>Columns of op(B) as panels: for each k, 32 neighbouring columns, padded with zeros.</summary>
    internal readonly struct Panels(Gemm.Product p, int depth, int k0 = 0, int kc = 0, float* packed = null) : IKernel
    {
        const int Group = 2;

        int Count => (p.N + PanelColumns - 1) / PanelColumns;

        internal int Chunks => (Count + Group - 1) / Group;

        /// <summary>Room for one block of k.</summary>
        internal nint Floats => (nint)Count * PanelColumns * depth;

        /// <summary>The panels of a block of k, to be written there.</summary>
        internal Panels At(int from, int count, float* target) => new(p, depth, from, count, target);

        [MethodImpl(Kernel.Alone)]
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            for (var panel = chunk * Group; panel < Math.Min(Count, (chunk + 1) * Group); panel++)
            {
                var column = panel * PanelColumns;
                var target = packed + (nint)panel * PanelColumns * kc;
                var count = Math.Min(PanelColumns, p.N - column);
                if (count < PanelColumns) new Span<float>(target, PanelColumns * kc).Clear();
                if (p.BTransposed) Transpose.Run(p.B + (nint)column * p.BRow + k0, p.BRow, count, kc, target, PanelColumns);
                else Rows<V>(p.B + (nint)k0 * p.BRow + column, target, count);
            }
        }

        [MethodImpl(Kernel.Alone)]
        void Rows<V>(float* source, float* target, int count) where V : struct, ILanes<V>
        {
            for (var k = 0; k < kc; k++, source += p.BRow, target += PanelColumns)
            {
                if (count == PanelColumns)
                {
                    V.Store(V.Load(source), target);
                    V.Store(V.Load(source + 16), target + 16);
                }
                else
                {
                    for (var j = 0; j < count; j++) target[j] = source[j];
                }
            }
        }
    }

    /// <summary>Rows that lie a multiple of 2 KB apart compete for the same few places of the first-level cache: side by side they do not.</summary>
    [MethodImpl(Kernel.Alone)]
    internal static void Rows<V>(float* a, nint row, int rows, int kc, float* tile, nint tileRow) where V : struct, ILanes<V>
    {
        for (var i = 0; i < rows; i++, a += row, tile += tileRow)
        {
            var k = 0;
            for (; k + 16 <= kc; k += 16) V.Store(V.Load(a + k), tile + k);
            for (; k < kc; k++) tile[k] = a[k];
        }
    }

    /// <summary>sums[i] += Σ a[i, k] over k for up to 16 rows that lie side by side: four chains over k, met pairwise.</summary>
    /// <param name="a">The first row's element at the first k.</param>
    /// <param name="step">Distance of elements along k.</param>
    /// <param name="rows">How many of the 16 belong to the matrix.</param>
    /// <param name="kc">Elements along k.</param>
    /// <param name="left">Floats from <paramref name="a"/> to the matrix's end: where fewer than 16 are left, only the rows' own are read.</param>
    /// <param name="sums">[16]</param>
    [MethodImpl(Kernel.Alone)]
    internal static void SumColumns<V>(float* a, nint step, int rows, int kc, nint left, float* sums) where V : struct, ILanes<V>
    {
        V s0 = V.Broadcast(0f), s1 = s0, s2 = s0, s3 = s0;
        var k = 0;
        for (; k + 4 <= kc && left >= 3 * step + 16; k += 4, a += 4 * step, left -= 4 * step)
        {
            s0 += V.Load(a);
            s1 += V.Load(a + step);
            s2 += V.Load(a + 2 * step);
            s3 += V.Load(a + 3 * step);
        }

        // The same four chains to the end, the last columns of the matrix read one by one.
        for (; k < kc; k++, a += step)
        {
            var x = Pack.Load<V>(a, rows);
            switch (k % 4)
            {
                case 0: s0 += x; break;
                case 1: s1 += x; break;
                case 2: s2 += x; break;
                default: s3 += x; break;
            }
        }

        V.Store(V.Load(sums) + ((s0 + s2) + (s1 + s3)), sums);
    }
}
