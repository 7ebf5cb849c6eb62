using System.Runtime.CompilerServices;

namespace TinyJepa.Kernels;

/// <summary>Copies of the operands in the order in which the micro-kernel reads them.</summary>
static unsafe class GemmPack
{
    const int PanelColumns = MicroKernel.PanelColumns;

    /// <summary>Columns of op(B) as panels: for each k, 32 neighbouring columns, padded with zeros.</summary>
    internal readonly struct Panels(Gemm.Product p, int k0, int kc, float* packed) : IKernel
    {
        const int Rows = 32;                             // of a B that is not transposed, to a chunk: they are read from end to end
        const int NearFloats = 128 << 10;                // of A, 512 KB, that stay in the second-level cache beside B's panels

        /// <summary>A transposed B is cut into panels, another into rows: both are read in the order of memory.</summary>
        internal int Chunks => p.BTransposed ? IntegerMath.CeilDiv(p.N, PanelColumns) : IntegerMath.CeilDiv(kc, Rows);

        [MethodImpl(Kernel.NoInline)]
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            if (p.BTransposed)
            {
                var (column, target) = (chunk * PanelColumns, (nint)(packed + (nint)chunk * PanelColumns * kc));
                var count = Math.Min(PanelColumns, p.N - column);
                if (count < PanelColumns) new Span<float>((float*)target, PanelColumns * kc).Clear();
                Transpose.Run(p.B + column * p.BRow + k0, p.BRow, count, kc, (float*)target, PanelColumns);
                return;
            }

            // Columns of A will be read in single lines that are far apart: from memory they arrive faster if they are prefetched in its order.
            var prefetches = p.AStep != 1 && (long)p.M * kc <= NearFloats && p.K * ((long)p.M + p.N) > Gemm.BeyondL2;
            for (var k = chunk * Rows; k < Math.Min(kc, (chunk + 1) * Rows); k++)
            {
                if (prefetches) for (var i = 0; i < p.M; i += 16) Simd.Prefetch(p.A + (k0 + k) * p.AStep + i);
                Scatter<V>(p.B + (k0 + k) * p.BRow, packed + k * PanelColumns);
            }
        }

        /// <summary>One row of B: 32 elements to each panel.</summary>
        [MethodImpl(Kernel.NoInline)]
        void Scatter<V>(float* row, float* target) where V : struct, ILanes<V>
        {
            var (column, next) = (0, (nint)PanelColumns * kc);
            for (; column + PanelColumns <= p.N; column += PanelColumns, target += next)
            {
                V.Store(V.Load(row + column), target);
                V.Store(V.Load(row + column + 16), target + 16);
            }

            var rest = p.N - column;
            if (rest == 0) return;
            V.Store(rest < 16 ? Pack.Load<V>(row + column, rest) : V.Load(row + column), target);
            V.Store(rest <= 16 ? V.Broadcast(0f) : Pack.Load<V>(row + column + 16, rest - 16), target + 16);
        }
    }

    /// <summary>A that is stored transposed, as tiles: for each k, the tile's rows side by side, 16 to a row of the copy.</summary>
    internal readonly struct Tiles(Gemm.Product p, int k0, int kc, float* packed) : IKernel
    {
        /// <summary>Rows of the stored matrix to a chunk: few enough for their lines to stay in the first-level cache from tile to tile.</summary>
        const int Rows = 64;

        internal int Chunks => IntegerMath.CeilDiv(kc, Rows);

        [MethodImpl(Kernel.NoInline)]
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            var (k, count) = (chunk * Rows, Math.Min(Rows, kc - chunk * Rows));
            var tiles = Gemm.TilesOf(p);
            for (var tile = 0; tile < tiles; tile++)
            {
                int row = (int)((long)p.M * tile / tiles), rows = (int)((long)p.M * (tile + 1) / tiles) - row;
                Copy<V>(p.A + row + (k0 + k) * p.AStep, rows, count, packed + ((nint)tile * kc + k) * 16, (p.K - k0 - k - 1) * p.AStep + p.M - row);
            }
        }

        /// <summary>Sixteen floats at every k while the matrix has as many, then only the tile's own.</summary>
        [MethodImpl(Kernel.NoInline)]
        void Copy<V>(float* a, int rows, int count, float* target, nint left) where V : struct, ILanes<V>
        {
            var i = 0;
            for (; i < count && left >= 16; i++, a += p.AStep, target += 16, left -= p.AStep) V.Store(V.Load(a), target);
            for (; i < count; i++, a += p.AStep, target += 16) V.Store(Pack.Load<V>(a, rows), target);
        }
    }

    /// <summary>sums[i] += Σ a[i, k] over k for up to 16 rows that lie side by side: four chains over k, added in pairs.</summary>
    /// <param name="a">The first row's element at the first k.</param>
    /// <param name="step">Distance of elements along k.</param>
    /// <param name="rows">How many of the 16 belong to the matrix.</param>
    /// <param name="kc">Elements along k.</param>
    /// <param name="left">Floats from <paramref name="a"/> to the matrix's end: where fewer than 16 are left, only the rows' own are read.</param>
    /// <param name="sums">[16]</param>
    [MethodImpl(Kernel.NoInline)]
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
