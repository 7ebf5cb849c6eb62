using System.Runtime.CompilerServices;

namespace TinyJepa.Kernels;

/// <summary>
/// The gradients of attention for blocks of queries: p again from the scores, dv = pᵀ·dy, dp = dy·vᵀ, ds = p∘(dp − Σ dy∘y), dq = ds·k/√dim and
/// dk = dsᵀ·q/√dim (Dao et al. 2022, algorithm 4; under dropout p∘mask stands for p in dv, and dp∘mask for dp).
/// </summary>
/// <remarks>
/// A chunk is some pairs of batch and head; it sums their dk and dv over the queries in order. With fewer than 16 pairs the queries of a pair are
/// cut into parts as well; each part has its own sums, which are added in the order of the parts.
/// </remarks>
/// <param name="t">The operands.</param>
/// <param name="queries">How many queries, from the first on, are processed here.</param>
/// <param name="pairsPerChunk">Pairs of a chunk.</param>
/// <param name="sums">dk and dv of every part, if the pairs are cut into parts.</param>
readonly unsafe struct AttentionBackward(AttentionTask t, int queries, int pairsPerChunk, float* sums = null) : IKernel
{
    const int QueryBlock = 64;                           // steps of each sum of dk and dv before it is stored
    const int MostKeys = 64;                             // of a block: p and ds take 16 KB each and stay in the first-level cache
    const int WantedChunks = 16;

    int Blocks => IntegerMath.CeilDiv(queries, QueryBlock);

    /// <summary>Parts of a pair.</summary>
    int Parts => Math.Min(Blocks, IntegerMath.CeilDiv(WantedChunks, t.Pairs));

    /// <summary>Columns of the sums of dk and dv: whole packs.</summary>
    int Width => IntegerMath.RoundUp(t.Dim, 16);

    /// <summary>Floats of one sum.</summary>
    int Sum => t.Keys * Width;

    internal void RunAll()
    {
        if (Parts == 1)
        {
            Cores.Run(this, IntegerMath.CeilDiv(t.Pairs, pairsPerChunk));
            return;
        }

        var chunks = t.Pairs * Parts;
        using var partial = new Scratch.Block((nint)chunks * 2 * Sum);
        Cores.Run(new AttentionBackward(t, queries, pairsPerChunk, partial.Pointer), chunks);
        Cores.Run(new ReducePartials(t, partial.Pointer, Parts, Sum, Width), t.Pairs);
    }

    [MethodImpl(Kernel.NoInline)]
    public void Run<V>(int chunk) where V : struct, ILanes<V>
    {
        var panels = (3 * (nint)t.Dim + 3 * Width) * QueryBlock;
        var size = panels + (3 * MostKeys + 4) * QueryBlock + 2 * (nint)Sum;
        using var block = new Scratch.Block(size);
        var memory = block.Pointer;
        if (sums != null)
        {
            var own = sums + (long)chunk * 2 * Sum;
            Part<V>(chunk / Parts, chunk % Parts, own, own + Sum, memory);
        }
        else
        {
            float* dk = memory + size - 2 * Sum, dv = dk + Sum;
            for (var pair = chunk * pairsPerChunk; pair < Math.Min(t.Pairs, (chunk + 1) * pairsPerChunk); pair++)
            {
                Part<V>(pair, 0, dk, dv, memory);
                Write<V>(t, t.DK, pair, dk, Width);
                Write<V>(t, t.DV, pair, dv, Width);
            }
        }
    }

    /// <summary>The blocks from the last to the first: under a causal mask the last touches every key, so it may overwrite.</summary>
    void Part<V>(int pair, int part, float* dk, float* dv, float* memory) where V : struct, ILanes<V>
    {
        int from = (int)((long)Blocks * part / Parts), to = (int)((long)Blocks * (part + 1) / Parts);
        for (var block = to - 1; block >= from; block--)
        {
            var query = block * QueryBlock;
            var count = Math.Min(QueryBlock, queries - query);
            var keys = t.Causal ? Math.Min(t.Keys, query + count) : t.Keys;
            One<V>(pair, query, count, keys, dk, dv, memory, first: block == to - 1);
            if (block != to - 1 || keys == t.Keys) continue;
            new Span<float>(dk + (long)keys * Width, (t.Keys - keys) * Width).Clear();
            new Span<float>(dv + (long)keys * Width, (t.Keys - keys) * Width).Clear();
        }
    }

    void One<V>(int pair, int query, int count, int keys, float* dk, float* dv, float* memory, bool first) where V : struct, ILanes<V>
    {
        var width = IntegerMath.RoundUp(count, 16);
        var q = memory;                                                                // qᵀ·log2 e/√dim
        var dy = q + t.Dim * width;                                                    // dyᵀ/√dim
        var dq = dy + t.Dim * width;                                                   // dqᵀ
        var qRows = dq + t.Dim * width;
        var dyRows = qRows + count * Width;
        var p = dyRows + count * Width;
        var ds = p + MostKeys * width;
        var mask = ds + MostKeys * width;
        float* max = mask + MostKeys * width, inverse = max + width, dot = inverse + width;

        float* qFrom = t.At(t.Q, pair, query), dyFrom = t.At(t.DY, pair, query);
        AttentionTile.Touch(qFrom, t.Q.Row, count, t.Dim, dot);
        AttentionTile.Touch(dyFrom, t.DY.Row, count, t.Dim, dot);
        AttentionTile.Touch(t.At(t.Y, pair, query), t.Y.Row, count, t.Dim, dot);
        if (t.DQ.Exists) AttentionTile.Touch(t.At(t.DQ, pair, query), t.DQ.Row, count, t.Dim, dot);
        Widen<V>(qFrom, t.Q.Row, count, t.Dim, qRows, Width);
        Widen<V>(dyFrom, t.DY.Row, count, t.Dim, dyRows, Width);
        AttentionTile.TransposeScaled<V>(qRows, Width, count, t.Dim, t.Log2Scale, q, width);
        AttentionTile.TransposeScaled<V>(dyRows, Width, count, t.Dim, t.Scale, dy, width);
        Dots<V>(dyRows, Width, t.At(t.Y, pair, query), t.Y.Row, count, t.Dim, t.Scale, dot);
        for (var i = 0; i < width; i++)
        {
            var at = (long)(query + i) * t.Pairs + pair;
            (max[i], inverse[i]) = i < count ? (t.Max[at], t.Inverse[at]) : (0f, 0f);  // lanes without a query have probability 0
            if (i >= count) dot[i] = 0f;
        }

        var step = Attention.KeyBlock(t.Keys, MostKeys);
        for (var key = 0; key < keys; key += step)
        {
            var rows = Math.Min(step, keys - key);
            if (!t.SavesScores) AttentionTile.Product<V>(rows, width, t.Dim, t.At(t.K, pair, key), t.K.Row, 1, q, width, p, width, resume: false);
            AttentionTile.Product<V>(rows, width, t.Dim, t.At(t.V, pair, key), t.V.Row, 1, dy, width, ds, width, resume: false);
            if (t.Causal) AttentionMask.Causal(p, rows, width, key, query);
            if (t.DropRate > 0f) AttentionMask.Draw<V>(t.Key, t.DropRate, key, rows, query, pair, width, mask);
            for (var lane = 0; lane < width; lane += 16)
            {
                float* scores = p + lane;
                var row = width;
                if (t.SavesScores) scores = SavedScores(pair, query + lane, key, out row);
                Softmax<V>(scores, row, p + lane, ds + lane, t.DropRate > 0f ? mask + lane : null, rows, width, max + lane, inverse + lane, dot + lane);
            }

            if (t.DV.Exists) AttentionTile.Product<V>(rows, Width, count, p, width, 1, dyRows, Width, dv + (long)key * Width, Width, !first);
            if (t.DK.Exists) AttentionTile.Product<V>(rows, Width, count, ds, width, 1, qRows, Width, dk + (long)key * Width, Width, !first);
            if (t.DQ.Exists) AttentionTile.Product<V>(t.Dim, width, rows, t.At(t.K, pair, key), 1, t.K.Row, ds, width, dq, width, resume: key > 0);
        }

        if (!t.DQ.Exists) return;
        var target = t.At(t.DQ, pair, query);
        Transpose.Run(dq, width, t.Dim, count, t.DQ.Accumulate ? qRows : target, t.DQ.Accumulate ? Width : t.DQ.Row);
        if (t.DQ.Accumulate) AttentionTile.Rows<V>(qRows, Width, count, t.Dim, target, t.DQ.Row, true);
    }

    /// <summary>Where the forward pass saved the scores of 16 queries from a key on, and the distance from key to key.</summary>
    float* SavedScores(int pair, int query, int key, out int row)
    {
        var (block, lane) = Math.DivRem(query, AttentionForward.QueryBlock);
        row = queries - block * AttentionForward.QueryBlock <= 16 ? 16 : AttentionForward.QueryBlock;
        return t.Scores(pair, block) + (long)key * row + lane;
    }

    /// <summary>Scores become p∘mask, in place or not, and dp becomes ds = p∘(dp∘mask − dot); dp and dot include the factor 1/√dim.</summary>
    [MethodImpl(Kernel.NoInline)]
    static void Softmax<V>(
        float* scores, int from, float* p, float* ds, float* mask, int rows, int width, float* max, float* inverse, float* dot) where V : struct, ILanes<V>
    {
        V m = V.Load(max), scale = V.Load(inverse), d = V.Load(dot);
        if (mask != null)
        {
            for (var i = 0; i < rows; i++, scores += from, p += width, ds += width, mask += width)
            {
                V e = Functions.Exp2OfNegative(V.Load(scores) - m) * scale, factor = V.Load(mask);
                V.Store(e * (V.Load(ds) * factor - d), ds);
                V.Store(e * factor, p);
            }

            return;
        }

        var row = 0;
        for (; row + 2 <= rows; row += 2, scores += 2 * from, p += 2 * width, ds += 2 * width)
        {
            V e0 = Functions.Exp2OfNegative(V.Load(scores) - m) * scale, e1 = Functions.Exp2OfNegative(V.Load(scores + from) - m) * scale;
            V.Store(e0, p);
            V.Store(e1, p + width);
            V.Store(e0 * (V.Load(ds) - d), ds);
            V.Store(e1 * (V.Load(ds + width) - d), ds + width);
        }

        if (row == rows) return;
        var last = Functions.Exp2OfNegative(V.Load(scores) - m) * scale;
        V.Store(last, p);
        V.Store(last * (V.Load(ds) - d), ds);
    }

    /// <summary>y[i] = scale·Σ a[i, d]·b[i, d].</summary>
    [MethodImpl(Kernel.NoInline)]
    static void Dots<V>(float* a, int aRow, float* b, int bRow, int rows, int dim, float scale, float* y) where V : struct, ILanes<V>
    {
        for (var i = 0; i < rows; i++, a += aRow, b += bRow) y[i] = Reduce.Dot<V>(a, b, dim) * scale;
    }

    /// <summary>Copies rows and fills the last pack of each with zeros.</summary>
    [MethodImpl(Kernel.NoInline)]
    static void Widen<V>(float* x, int row, int rows, int dim, float* y, int width) where V : struct, ILanes<V>
    {
        for (var i = 0; i < rows; i++, x += row, y += width)
        {
            var d = 0;
            for (; d + 16 <= dim; d += 16) V.Store(V.Load(x + d), y + d);
            if (d < dim) V.Store(Pack.Load<V>(x + d, dim - d), y + d);
        }
    }

    /// <summary>Writes the sums of one pair to the gradient.</summary>
    static void Write<V>(in AttentionTask t, in AttentionHeads gradient, int pair, float* sums, int width) where V : struct, ILanes<V>
    {
        if (gradient.Exists) AttentionTile.Rows<V>(sums, width, t.Keys, t.Dim, t.At(gradient, pair, 0), gradient.Row, gradient.Accumulate);
    }

    /// <summary>Adds the parts of a pair, in order, to the first of them.</summary>
    readonly struct ReducePartials(AttentionTask t, float* sums, int parts, int sum, int width) : IKernel
    {
        [MethodImpl(Kernel.NoInline)]
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            var dk = sums + (long)chunk * parts * 2 * sum;
            for (var part = 1; part < parts; part++) Add<V>(dk + (long)part * 2 * sum, dk, 2 * sum);
            Write<V>(t, t.DK, chunk, dk, width);
            Write<V>(t, t.DV, chunk, dk + sum, width);
        }

        [MethodImpl(Kernel.NoInline)]
        static void Add<V>(float* x, float* y, int n) where V : struct, ILanes<V>
        {
            for (var i = 0; i < n; i += 16) V.Store(V.Load(y + i) + V.Load(x + i), y + i);
        }
    }
}
