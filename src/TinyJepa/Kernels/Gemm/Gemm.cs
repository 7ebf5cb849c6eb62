using System.Runtime.CompilerServices;

namespace TinyJepa.Kernels;

/// <summary>
/// C = A·B (+ C or a bias row) for row-major matrices, each operand stored as it is or transposed. Every output is one chain of fused
/// multiply-adds over k in order, whatever the tile, the lane width or the thread: a block of k stores its sums, and the next continues from there.
/// The one exception is <see cref="GemmDot"/>, for a few rows against a transposed B.
/// </summary>
/// <remarks>
/// B is packed into panels two packs wide that stay in the second-level cache. Rows of A are broadcast from where they are, or copied into tiles if
/// A is stored transposed. The layering follows Goto &amp; van de Geijn 2008.
/// </remarks>
static unsafe class Gemm
{
    const int PanelColumns = MicroKernel.PanelColumns;
    const int Depth = 768;                               // k per block: a panel is 96 KB and arrives faster than it is used
    const int DepthOfColumns = 512;                      // where columns of A are read, each a cache line at every k
    const int BlockFloats = 200_000;                     // packed B that stays in the second-level cache while all rows of A are multiplied
    const int ChunkWork = 1 << 18;                       // multiply-adds that are worth a chunk of their own: about 4 µs
    const int MostChunks = 256;
    internal const long BeyondL2 = 3 << 19;              // floats, 6 MB: operands larger than this are prefetched
    const int ConflictStride = 512;                      // floats, 2 KB: lines at multiples of it compete for few sets of the first-level cache
    const long Large = 1 << 19;                          // below about 10 µs one thread is faster

    static readonly float* Zeros = Scratch.Zeros(PanelColumns);

    /// <summary>A matrix product as a shape: where the operands lie and how far apart their elements are.</summary>
    internal struct Product
    {
        internal int M, N, K;
        internal float* A, B, C, Bias;
        internal nint ARow, AStep;                       // distance between rows of A, and between its elements along k
        internal nint BRow;                              // distance between rows of B as stored
        internal bool BTransposed;
        internal nint CRow;
        internal bool Accumulate;                        // C += rather than C =

        /// <summary>B as <see cref="PackPanels"/> wrote it, or null.</summary>
        internal float* Panels;

        /// <summary>[M], the sums of op(A)'s rows, for A stored transposed: the gradient of a bias, computed with the gradient of its weight.</summary>
        internal float* Sums;
        internal bool AccumulateSums;

        /// <summary>C += this matrix of C's layout, after the sum.</summary>
        internal float* Residual;

        /// <summary>Where f(C) is written, in C's layout; C itself if the product is not needed.</summary>
        internal float* Activated;
    }

    /// <summary>The product of each of a batch of matrices that lie at fixed distances.</summary>
    internal static void Run<F>(in Product p, F f, int batch = 1, nint aNext = 0, nint bNext = 0, nint cNext = 0) where F : unmanaged, IUnary
    {
        if (p.M == 0 || p.N == 0) return;
        if (batch == 1) One(p, f);
        else Cores.Run(new Batch<F>(p, f, aNext, bNext, cNext), batch);
    }

    /// <summary>One product per chunk, on the thread of the chunk.</summary>
    readonly struct Batch<F>(Product p, F f, nint aNext, nint bNext, nint cNext) : IKernel where F : unmanaged, IUnary
    {
        [MethodImpl(Kernel.NoInline)]
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            var one = p;
            one.A += chunk * aNext;
            one.B += chunk * bNext;
            one.C += chunk * cNext;
            One(one, f);
        }
    }

    static void One<F>(in Product p, F f) where F : unmanaged, IUnary
    {
        if (GemmDot.Serves(p)) GemmDot.Run(p, f);
        else if (GemmSwap.Serves(p)) GemmSwap.Run(p, f);
        else Blocked(p, f);
    }

    /// <summary>For each block of k: pack B, then multiply all rows of A.</summary>
    internal static void Blocked<F>(in Product p, F f) where F : unmanaged, IUnary
    {
        var depth = DepthOf(p);
        using var panelBlock = p.Panels != null || Direct(p) ? default : new Scratch.Block(PanelFloats(p, depth));
        using var tileBlock = Gathers(p) ? new Scratch.Block((nint)TilesOf(p) * depth * 16) : default;
        float* packed = panelBlock.Pointer, packedA = tileBlock.Pointer;
        for (var k0 = 0; k0 == 0 || k0 < p.K; k0 += depth)
        {
            var kc = Math.Min(depth, p.K - k0);
            var parallel = (long)p.M * p.N * kc > Large;
            var panels = new GemmPack.Panels(p, k0, kc, packed);
            if (packed != null) ParallelFor(panels, panels.Chunks, parallel);
            var tiles = new GemmPack.Tiles(p, k0, kc, packedA);
            if (packedA != null) ParallelFor(tiles, tiles.Chunks, parallel);
            var block = new Block<F>(p, f, k0, kc, p.Panels != null ? p.Panels + PanelFloats(p, k0) : packed, packedA);
            ParallelFor(block, block.Chunks, parallel);
            if (depth == 0) break;
        }
    }

    /// <summary>Room for the whole of B as panels.</summary>
    internal static nint PanelFloats(in Product p) => PanelFloats(p, p.K);

    static nint PanelFloats(in Product p, int depth) => (nint)IntegerMath.RoundUp(p.N, PanelColumns) * depth;

    /// <summary>Writes the whole of B as panels, block of k after block of k: for a B that many products read.</summary>
    internal static void PackPanels(in Product p, float* target)
    {
        var depth = DepthOf(p);
        for (var k0 = 0; k0 < p.K; k0 += depth)
        {
            var panels = new GemmPack.Panels(p, k0, Math.Min(depth, p.K - k0), target + PanelFloats(p, k0));
            Cores.Run(panels, panels.Chunks);
        }
    }

    /// <summary>Elements of k in a block, blocks as equal as possible. Panels packed in advance have the depth for rows of A (AStep = 1).</summary>
    static int DepthOf(in Product p) => IntegerMath.CeilDiv(p.K, Math.Max(1, IntegerMath.CeilDiv(p.K, p.AStep == 1 ? Depth : DepthOfColumns)));

    static void ParallelFor<T>(in T kernel, int chunks, bool parallel) where T : unmanaged, IKernel
    {
        if (parallel) Cores.Run(kernel, chunks);
        else for (var i = 0; i < chunks; i++) Simd.Run(kernel, i);
    }

    /// <summary>Whether B is read without packing: if few rows of A would not repay the copy, or B has the layout of a panel already.</summary>
    static bool Direct(in Product p) => !p.BTransposed && p.N % 16 == 0 && (p.M <= 2 * MicroKernel.TileRows || p is { N: PanelColumns, BRow: PanelColumns });

    /// <summary>
    /// Whether A is copied into tiles: a transposed one that several panels read, where reading columns in place is slow. On every processor it is slow
    /// if their lines compete for few sets of the cache; at 512 bits, which halve the time of a panel, more panels are needed to repay the copy.
    /// </summary>
    static bool Gathers(in Product p) => p.AStep != 1 && p.N > 2 * PanelColumns && p.M >= 2 * MicroKernel.TileRows
        && (!Simd.ReadsColumnsInPlace || (p.AStep % ConflictStride == 0 && p.N >= (Simd.Is512 ? 16 : 4) * PanelColumns));

    /// <summary>How many tiles the rows of C are cut into; an even count splits equally between two threads.</summary>
    /// <remarks>
    /// Rows of A that lie a multiple of 4 KB apart compete for the same few sets of the first-level cache: 14 of them evict each other
    /// (82 GFLOP/s), 7 do not.
    /// </remarks>
    internal static int TilesOf(in Product p)
    {
        var rows = p.AStep == 1 && p.ARow % 1024 == 0 ? MicroKernel.TileRows / 2 : MicroKernel.TileRows;
        return Even(IntegerMath.CeilDiv(p.M, rows), p.M);
    }

    static int Even(int count, int most) => count > 1 && count % 2 != 0 && count < most ? count + 1 : count;

    /// <summary>C, cut into chunks by its shape: tiles of rows, as equal as possible, by blocks of panels that fit the second-level cache.</summary>
    readonly struct Block<F> : IKernel where F : unmanaged, IUnary
    {
        readonly Product _p;
        readonly F _f;
        readonly int _k0, _kc, _tiles, _rowChunks, _columns;
        readonly float* _packed, _packedA;

        internal Block(in Product p, F f, int k0, int kc, float* packed, float* packedA)
        {
            (_p, _f, _k0, _kc) = (p, f, k0, kc);
            _packed = packed;
            _packedA = packedA;
            _tiles = TilesOf(p);

            var chunks = (int)Math.Clamp((long)p.M * p.N * kc / ChunkWork, 1, MostChunks);
            var panels = IntegerMath.CeilDiv(p.N, PanelColumns);
            var fitting = Math.Max(1, BlockFloats / (PanelColumns * Math.Max(1, kc)));
            var columnChunks = Math.Max(IntegerMath.CeilDiv(panels, fitting), Math.Min(panels, chunks / _tiles));
            _columns = IntegerMath.CeilDiv(panels, columnChunks) * PanelColumns;
            _rowChunks = Even(Math.Clamp(IntegerMath.CeilDiv(chunks, columnChunks), 1, _tiles), _tiles);
        }

        internal int Chunks => _rowChunks * IntegerMath.CeilDiv(_p.N, _columns);

        int Row(long tile) => (int)(_p.M * tile / _tiles);

        [MethodImpl(Kernel.NoInline)]
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            int part = chunk % _rowChunks, column = chunk / _rowChunks * _columns, columnEnd = Math.Min(_p.N, column + _columns);
            var (tile, tileEnd) = ((long)_tiles * part / _rowChunks, (long)_tiles * (part + 1) / _rowChunks);
            var prefetches = _p.AStep == 1 && (long)_p.M * (_p.N + _p.K) > BeyondL2;
            for (; tile < tileEnd; tile++)
            {
                int row = Row(tile), rows = Row(tile + 1) - row;
                var a = _p.A + row * _p.ARow + _k0 * _p.AStep;
                if (_p.Sums != null && column == 0) Sum<V>(a, row, rows);
                if (_packedA != null) Tiles<V>(_packedA + (nint)tile * _kc * 16, 1, 16, row, rows, column, columnEnd);
                else Tiles<V>(a, _p.ARow, _p.AStep, row, rows, column, columnEnd, prefetches ? a + rows * _p.ARow : null);
            }
        }

        /// <summary>Floats of A from this row's first one of this block on.</summary>
        nint Left(int row) => (_p.K - _k0 - 1) * _p.AStep + _p.M - row;

        void Tiles<V>(float* a, nint aRow, nint aStep, int row, int rows, int column, int columnEnd, float* ahead = null) where V : struct, ILanes<V>
        {
            var (panels, rest) = Math.DivRem(columnEnd - column, PanelColumns);
            nint panelRow = PanelColumns, nextPanel = (nint)PanelColumns * _kc;
            var panel = _packed + (nint)column * _kc;
            if (_packed == null)
            {
                panelRow = _p.BRow;
                nextPanel = PanelColumns;
                panel = _p.B + _k0 * _p.BRow + column;
            }

            if (panels > 0)
            {
                var c = _p.C + row * _p.CRow + column;
                var start = Resumes ? c : _p.Bias != null ? _p.Bias + column : Zeros;
                MicroKernel.Row<V>(
                    _kc, a, aRow, rows, aStep, panel, panelRow, nextPanel, panels,
                    start, Resumes ? _p.CRow : 0, start == Zeros ? 0 : PanelColumns, c, _p.CRow, ahead);
            }

            if (rest > 0) Ragged<V>(a, aRow, aStep, panel + panels * nextPanel, panelRow, row, rows, column + panels * PanelColumns, rest);
            if (_k0 + _kc == _p.K && (_p.Residual != null || _p.Activated != null)) GemmFinish.Rows<V, F>(_p, _f, row, rows, column, columnEnd - column);
        }

        /// <summary>Whether the chains continue from C; otherwise they start from the bias or from zero.</summary>
        bool Resumes => _p.Accumulate || _k0 > 0;

        /// <summary>Fewer columns than a panel: one whole pack is computed in C itself, anything else in a padded copy.</summary>
        void Ragged<V>(float* a, nint aRow, nint aStep, float* panel, nint panelRow, int row, int rows, int column, int columns) where V : struct, ILanes<V>
        {
            var c = _p.C + row * _p.CRow + column;
            if (columns == 16)
            {
                var start = Resumes ? c : _p.Bias != null ? _p.Bias + column : Zeros;
                MicroKernel.Run<V>(_kc, a, aRow, rows, aStep, panel, start, Resumes ? _p.CRow : 0, c, _p.CRow, panelRow, packs: 1);
                return;
            }

            // The row that all chains start from has its own memory: a tile that is computed in parts writes some rows before it has read it for others.
            var copy = stackalloc float[PaddedTile.Floats + PanelColumns];
            var first = Resumes ? copy : copy + PaddedTile.Floats;
            if (Resumes) PaddedTile.Load<V>(c, _p.CRow, first, rows, columns);
            else PaddedTile.Load<V>(_p.Bias != null ? _p.Bias + column : Zeros, 0, first, 1, columns);
            MicroKernel.Run<V>(_kc, a, aRow, rows, aStep, panel, first, Resumes ? PanelColumns : 0, copy, PanelColumns, panelRow, columns > 16 ? 2 : 1);
            PaddedTile.Store<V>(copy, c, _p.CRow, rows, columns);
        }

        void Sum<V>(float* a, int row, int rows) where V : struct, ILanes<V>
        {
            var sums = stackalloc float[16];
            var resume = _p.AccumulateSums || _k0 > 0;
            for (var i = 0; i < 16; i++) sums[i] = resume && i < rows ? _p.Sums[row + i] : 0f;
            GemmPack.SumColumns<V>(a, _p.AStep, rows, _kc, Left(row), sums);
            for (var i = 0; i < rows; i++) _p.Sums[row + i] = sums[i];
        }
    }
}
