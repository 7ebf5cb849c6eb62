using System.Runtime.CompilerServices;

namespace TinyJepa.Kernels;

/// <summary>
/// C = A·B (+ C or a bias row) for row-major matrices, each operand stored as it is or transposed. Every output is one chain of fused
/// multiply-adds over k in order, whatever the tile, the lane width or the thread: blocks of k store the chain and pick it up again.
/// </summary>
/// <remarks>
/// B is packed into panels two packs wide that stay in the second-level cache; rows of A are broadcast from where they lie, or packed
/// when they lie transposed. The layering follows Goto &amp; van de Geijn 2008.
/// </remarks>
static unsafe class Gemm
{
    /// <summary>Rows of a micro-tile: 6 × 2 packs are 12 accumulators, enough to hide the latency of FMA on 512-bit machines.</summary>
    internal const int TileRows = 6;

    /// <summary>Columns of a packed panel.</summary>
    internal const int PanelColumns = 32;

    const int Depth = 512;                               // k per block: a panel of 64 KB
    const int ChunkWork = 1 << 17;                       // multiply-adds that are worth a chunk of their own: about 2 µs
    const int MostChunks = 64;

    static readonly float* Zeros = Scratch.Zeros(PanelColumns);

    /// <summary>A matrix product as a shape: where the operands lie and how far apart their elements are.</summary>
    internal struct Product
    {
        internal int M, N, K;
        internal float* A, B, C, Bias;
        internal int ARow, AStep;                        // distance between rows of A, and between its elements along k
        internal int BRow;                               // distance between rows of B as stored
        internal bool BTransposed;
        internal int CRow;
        internal bool Keep;                              // C += rather than C =
    }

    /// <summary>The product of each of a batch of matrices that lie at fixed distances.</summary>
    internal static void Run(in Product p, int batch, long aNext, long bNext, long cNext)
    {
        if (p.M == 0 || p.N == 0) return;
        if (batch == 1) One(p);
        else Cores.Run(new Batch(p, aNext, bNext, cNext), batch);
    }

    /// <summary>One product per chunk; the threads inside a product are the chunk's own one.</summary>
    readonly struct Batch(Product p, long aNext, long bNext, long cNext) : IKernel
    {
        [MethodImpl(Kernel.Alone)]
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            var one = p;
            one.A += chunk * aNext;
            one.B += chunk * bNext;
            one.C += chunk * cNext;
            One(one);
        }
    }

    static void One(in Product p)
    {
        var panels = (p.N + PanelColumns - 1) / PanelColumns;
        var depth = Math.Min(p.K, Depth);
        var size = panels * PanelColumns * Math.Max(1, depth);
        var packed = Scratch.Rent(size);
        var first = true;
        for (var k0 = 0; first || k0 < p.K; k0 += Depth)
        {
            var kc = Math.Min(Depth, p.K - k0);
            var large = (long)p.M * p.N * kc > 1 << 19;   // below about 10 µs one thread is faster
            var packing = new PackPanels(p, k0, kc, packed);
            var block = new Block(p, k0, kc, packed, first);
            if (large)
            {
                Cores.Run(packing, (panels + PackPanels.Group - 1) / PackPanels.Group);
                Cores.Run(block, block.Chunks);
            }
            else
            {
                for (var i = 0; i < (panels + PackPanels.Group - 1) / PackPanels.Group; i++) Widest.Run(packing, i);
                for (var i = 0; i < block.Chunks; i++) Widest.Run(block, i);
            }

            first = false;
        }

        Scratch.Return(packed, size);
    }

    /// <summary>
    /// How C is cut into chunks: by its shape alone. A tile reads all panels whatever the cut, so fine chunks cost nothing; columns are cut
    /// only where there are too few rows to share.
    /// </summary>
    readonly struct Cut
    {
        internal readonly int Rows, Columns, RowChunks, ColumnChunks;

        internal Cut(in Product p, int kc)
        {
            var tiles = (p.M + TileRows - 1) / TileRows;
            var tileWork = Math.Max(1L, (long)TileRows * p.N * kc);
            var together = (int)Math.Max((ChunkWork + tileWork - 1) / tileWork, (tiles + MostChunks - 1) / MostChunks);
            Rows = together * TileRows;
            RowChunks = (tiles + together - 1) / together;
            var wanted = RowChunks >= 8 ? 1 : (int)Math.Clamp(tileWork * together / ChunkWork, 1, 8);
            Columns = ((p.N + wanted - 1) / wanted + PanelColumns - 1) / PanelColumns * PanelColumns;
            ColumnChunks = (p.N + Columns - 1) / Columns;
        }
    }

    /// <summary>Copies columns of op(B) into panels: for each k, 32 neighbouring columns, padded with zeros.</summary>
    readonly struct PackPanels(Product p, int k0, int kc, float* packed) : IKernel
    {
        internal const int Group = 2;

        [MethodImpl(Kernel.Alone)]
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            var panels = (p.N + PanelColumns - 1) / PanelColumns;
            for (var panel = chunk * Group; panel < Math.Min(panels, (chunk + 1) * Group); panel++)
            {
                var column = panel * PanelColumns;
                var target = packed + (long)panel * PanelColumns * kc;
                var count = Math.Min(PanelColumns, p.N - column);
                if (p.BTransposed) Transpose(p.B + (long)column * p.BRow + k0, target, count);
                else CopyRows<V>(p.B + (long)k0 * p.BRow + column, target, count);
            }
        }

        [MethodImpl(Kernel.Alone)]
        void CopyRows<V>(float* source, float* target, int count) where V : struct, ILanes<V>
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
                    for (var j = 0; j < PanelColumns; j++) target[j] = j < count ? source[j] : 0f;
                }
            }
        }

        /// <summary>In squares whose part of the panel stays in the first-level cache; four rows of the source at a time.</summary>
        [MethodImpl(Kernel.Alone)]
        void Transpose(float* source, float* target, int count)
        {
            const int square = 64;
            for (var from = 0; from < kc; from += square)
            {
                var to = Math.Min(kc, from + square);
                var j = 0;
                for (; j + 4 <= count; j += 4)
                {
                    float* s0 = source + (long)j * p.BRow, s1 = s0 + p.BRow, s2 = s1 + p.BRow, s3 = s2 + p.BRow;
                    var t = target + from * PanelColumns + j;
                    for (var k = from; k < to; k++, t += PanelColumns)
                    {
                        t[0] = s0[k];
                        t[1] = s1[k];
                        t[2] = s2[k];
                        t[3] = s3[k];
                    }
                }

                for (; j < PanelColumns; j++)
                {
                    var s = source + (long)Math.Min(j, count - 1) * p.BRow;
                    var t = target + from * PanelColumns + j;
                    for (var k = from; k < to; k++, t += PanelColumns) *t = j < count ? s[k] : 0f;
                }
            }
        }
    }

    /// <summary>Part of C: some rows of tiles over some panels, in an order of its own.</summary>
    readonly struct Block(Product p, int k0, int kc, float* packed, bool first) : IKernel
    {
        readonly Cut _cut = new(p, kc);

        internal int Chunks => _cut.RowChunks * _cut.ColumnChunks;

        [MethodImpl(Kernel.Alone)]
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            int row = chunk / _cut.ColumnChunks * _cut.Rows, column = chunk % _cut.ColumnChunks * _cut.Columns;
            int rowEnd = Math.Min(p.M, row + _cut.Rows), columnEnd = Math.Min(p.N, column + _cut.Columns);
            var transposed = p.AStep != 1;
            var tileA = transposed ? Scratch.Rent(TileRows * kc) : null;
            for (; row < rowEnd; row += TileRows)
            {
                var rows = Math.Min(TileRows, rowEnd - row);
                var a = p.A + (long)row * p.ARow + (long)k0 * p.AStep;
                if (transposed) GatherTile(a, tileA, rows);
                for (var j = column; j < columnEnd; j += PanelColumns)
                {
                    var panel = packed + (long)(j / PanelColumns) * PanelColumns * kc;
                    var columns = Math.Min(PanelColumns, columnEnd - j);
                    if (transposed) Tile<V>(tileA, 1, TileRows, panel, row, rows, j, columns);
                    else Tile<V>(a, p.ARow, 1, panel, row, rows, j, columns);
                }
            }

            if (transposed) Scratch.Return(tileA, TileRows * kc);
        }

        void GatherTile(float* a, float* tile, int rows)
        {
            for (var k = 0; k < kc; k++, a += p.AStep, tile += TileRows)
                for (var i = 0; i < TileRows; i++)
                    tile[i] = a[Math.Min(i, rows - 1) * p.ARow];
        }

        /// <summary>
        /// Starts the chains from C, from the bias or from zero. Whole tiles work in C itself, ragged ones in a padded copy whose
        /// rows beyond the matrix repeat the last one: computed, never written back.
        /// </summary>
        void Tile<V>(float* a, int aRow, int aStep, float* panel, int row, int rows, int column, int columns) where V : struct, ILanes<V>
        {
            var c = p.C + (long)row * p.CRow + column;
            var resume = p.Keep || !first;
            if (rows == TileRows && columns == PanelColumns)
            {
                var start = resume ? c : p.Bias != null ? p.Bias + column : Zeros;
                MicroKernel.Run<V>(kc, a, aRow, rows, aStep, panel, start, resume ? p.CRow : 0, c, p.CRow);
                return;
            }

            var copy = stackalloc float[TileRows * PanelColumns];
            for (var i = 0; i < TileRows; i++)
                for (var j = 0; j < PanelColumns; j++)
                    copy[i * PanelColumns + j] = i >= rows || j >= columns ? 0f
                        : resume ? c[(long)i * p.CRow + j]
                        : p.Bias != null ? p.Bias[column + j] : 0f;

            MicroKernel.Run<V>(kc, a, aRow, rows, aStep, panel, copy, PanelColumns, copy, PanelColumns);
            for (var i = 0; i < rows; i++)
                for (var j = 0; j < columns; j++)
                    c[(long)i * p.CRow + j] = copy[i * PanelColumns + j];
        }
    }
}
