using System.Runtime.CompilerServices;

namespace TinyJepa.Kernels;

/// <summary>y = softmax(q·kᵀ/√dim)·v for blocks of queries. A chunk is some blocks; each writes its own rows of y.</summary>
/// <param name="t">The operands.</param>
/// <param name="queries">How many queries, from the first on, are processed here.</param>
/// <param name="blocksPerChunk">Blocks of a chunk.</param>
readonly unsafe struct AttentionForward(AttentionTask t, int queries, int blocksPerChunk) : IKernel
{
    /// <summary>Queries of a block: two packs.</summary>
    internal const int QueryBlock = 32;

    const int MostKeys = 128;                            // of a block: its scores take 16 KB and stay in the first-level cache

    int Blocks => IntegerMath.CeilDiv(queries, QueryBlock);

    internal int Chunks => (int)IntegerMath.CeilDiv((long)t.Pairs * Blocks, blocksPerChunk);

    [MethodImpl(Kernel.NoInline)]
    public void Run<V>(int chunk) where V : struct, ILanes<V>
    {
        using var memory = new Scratch.Block((2 * (nint)t.Dim + 2 * MostKeys + 3) * QueryBlock);
        var end = Math.Min((long)t.Pairs * Blocks, (chunk + 1L) * blocksPerChunk);
        for (var block = (long)chunk * blocksPerChunk; block < end; block++)
            One<V>((int)(block / Blocks), (int)(block % Blocks) * QueryBlock, memory.Pointer);
    }

    void One<V>(int pair, int query, float* memory) where V : struct, ILanes<V>
    {
        var count = Math.Min(QueryBlock, queries - query);
        var width = count <= 16 ? 16 : 32;
        var panel = memory;                                                            // qᵀ
        var sums = panel + t.Dim * width;                                              // yᵀ before its division
        var scores = sums + t.Dim * width;
        var mask = scores + MostKeys * width;
        float* max = mask + MostKeys * width, sum = max + width, fade = sum + width, saved = t.Scores(pair, query / QueryBlock);

        AttentionTile.Touch(t.At(t.Q, pair, query), t.Q.Row, count, t.Dim, fade);
        AttentionTile.Touch(t.At(t.Y, pair, query), t.Y.Row, count, t.Dim, fade);
        AttentionTile.TransposeScaled<V>(t.At(t.Q, pair, query), t.Q.Row, count, t.Dim, t.Log2Scale, panel, width);
        var keys = t.Causal ? Math.Min(t.Keys, query + count) : t.Keys;
        var step = Attention.KeyBlock(t.Keys, MostKeys);
        for (var key = 0; key < keys; key += step)
        {
            var rows = Math.Min(step, keys - key);
            var from = saved == null ? scores : saved + (long)key * width;
            AttentionTile.Product<V>(rows, width, t.Dim, t.At(t.K, pair, key), t.K.Row, 1, panel, width, from, width, resume: false);
            if (t.Causal) AttentionMask.Causal(from, rows, width, key, query);
            for (var lane = 0; lane < width; lane += 16)
                Softmax<V>(from + lane, scores + lane, rows, width, max + lane, sum + lane, fade + lane, first: key == 0);
            if (key > 0) Rescale<V>(sums, t.Dim, width, fade);
            if (t.DropRate > 0f)
            {
                AttentionMask.Draw<V>(t.Key, t.DropRate, key, rows, query, pair, width, mask);
                Multiply<V>(scores, mask, rows * width);
            }

            AttentionTile.Product<V>(t.Dim, width, rows, t.At(t.V, pair, key), 1, t.V.Row, scores, width, sums, width, resume: key > 0);
        }

        for (var i = 0; i < width; i++) fade[i] = 1f / (sum[i] + (max[i] - max[i]));   // a score of NaN or ∞ makes the row NaN
        Rescale<V>(sums, t.Dim, width, fade);
        Transpose.Run(sums, width, t.Dim, count, t.At(t.Y, pair, query), t.Y.Row);
        for (var i = 0; i < count; i++)
        {
            var at = (long)(query + i) * t.Pairs + pair;
            (t.Max[at], t.Inverse[at]) = (max[i], fade[i]);
        }
    }

    /// <summary>
    /// p = 2^(score − max), in place or not. The sum over earlier keys is rescaled from the old maximum to the new one; <paramref name="fade"/>
    /// receives the factor for whatever else was computed with the old one.
    /// </summary>
    [MethodImpl(Kernel.NoInline)]
    static void Softmax<V>(float* scores, float* p, int rows, int width, float* max, float* sum, float* fade, bool first) where V : struct, ILanes<V>
    {
        var old = first ? V.Broadcast(float.NegativeInfinity) : V.Load(max);
        var m = old;
        var s = scores;
        var i = 0;
        for (; i + 4 <= rows; i += 4, s += 4 * width)
            m = V.Max(m, V.Max(V.Max(V.Load(s), V.Load(s + width)), V.Max(V.Load(s + 2 * width), V.Load(s + 3 * width))));
        for (; i < rows; i++, s += width) m = V.Max(m, V.Load(s));

        var total = V.Broadcast(0f);
        s = scores;
        for (i = 0; i + 4 <= rows; i += 4, s += 4 * width, p += 4 * width)
        {
            V e0 = Functions.Exp2OfNegative(V.Load(s) - m), e1 = Functions.Exp2OfNegative(V.Load(s + width) - m);
            V e2 = Functions.Exp2OfNegative(V.Load(s + 2 * width) - m), e3 = Functions.Exp2OfNegative(V.Load(s + 3 * width) - m);
            V.Store(e0, p);
            V.Store(e1, p + width);
            V.Store(e2, p + 2 * width);
            V.Store(e3, p + 3 * width);
            total += e0 + e1 + (e2 + e3);
        }

        for (; i < rows; i++, s += width, p += width)
        {
            var e = Functions.Exp2OfNegative(V.Load(s) - m);
            V.Store(e, p);
            total += e;
        }

        var shrink = Functions.Exp2OfNegative(old - m);
        V.Store(m, max);
        V.Store(shrink, fade);
        V.Store(first ? total : V.Fma(V.Load(sum), shrink, total), sum);
    }

    /// <summary>x[i, j] *= factor[j].</summary>
    [MethodImpl(Kernel.NoInline)]
    static void Rescale<V>(float* x, int rows, int width, float* factor) where V : struct, ILanes<V>
    {
        V f0 = V.Load(factor), f1 = V.Load(factor + width - 16);
        for (var i = 0; i < rows; i++, x += width)
        {
            V.Store(V.Load(x) * f0, x);
            if (width > 16) V.Store(V.Load(x + 16) * f1, x + 16);
        }
    }

    [MethodImpl(Kernel.NoInline)]
    static void Multiply<V>(float* x, float* factor, int n) where V : struct, ILanes<V>
    {
        for (var i = 0; i < n; i += 16) V.Store(V.Load(x + i) * V.Load(factor + i), x + i);
    }
}
