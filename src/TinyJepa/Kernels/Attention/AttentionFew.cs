using System.Runtime.CompilerServices;

namespace TinyJepa.Kernels;

/// <summary>
/// Attention of few queries: dot products and weighted sums of rows in registers, nothing transposed or packed. Sixteen pairs of batch and head are
/// processed at once, so that their softmaxes fill the lanes.
/// </summary>
/// <remarks>Scores take 64 bytes per query and key of a group; <see cref="Attention"/> chooses this for at most 6 queries, or 256 scores.</remarks>
static unsafe class AttentionFew
{
    const int Group = 16;

    internal static int Chunks(in AttentionTask t) => IntegerMath.CeilDiv(t.Pairs, Group);

    /// <summary>The queries from <paramref name="first"/> on. A chunk is a group.</summary>
    internal readonly struct Forward(AttentionTask t, int first) : IKernel
    {
        [MethodImpl(Kernel.NoInline)]
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            var (pair, row) = (chunk * Group, (nint)Padded(t) * Group);
            using var block = new Scratch.Block((t.Queries - first + 1) * row);
            float* p = block.Pointer, mask = p + (t.Queries - first) * row;
            Scores<V>(t, first, pair, t.Q, t.K, t.Log2Scale, p);
            for (var query = first; query < t.Queries; query++)
            {
                var scores = p + (query - first) * row;
                var at = (long)query * t.Pairs + pair;
                if (t.DropRate > 0f) AttentionMask.DrawPairs<V>(t.Key, t.DropRate, Last(t, query), query, pair, mask);
                Softmax<V>(scores, t.DropRate > 0f ? mask : null, Last(t, query), t.Max + at, t.Inverse + at, Math.Min(Group, t.Pairs - pair));
            }

            OverKeys<V>(t, first, pair, p, t.V, t.Y);
        }

        [MethodImpl(Kernel.NoInline)]
        static void Softmax<V>(float* p, float* mask, int keys, float* max, float* inverse, int pairs) where V : struct, ILanes<V>
        {
            var m = V.Load(p);
            for (var j = 1; j < keys; j++) m = V.Max(m, V.Load(p + j * Group));
            var sum = m - m;                                                           // 0; a score of NaN or ∞ makes the row NaN
            for (var j = 0; j < keys; j++)
            {
                var e = Functions.Exp2OfNegative(V.Load(p + j * Group) - m);
                sum += e;
                V.Store(e, p + j * Group);
            }

            var scale = V.Broadcast(1f) / sum;
            if (mask == null)
                for (var j = 0; j < keys; j++) V.Store(V.Load(p + j * Group) * scale, p + j * Group);
            else
                for (var j = 0; j < keys; j++) V.Store(V.Load(p + j * Group) * scale * V.Load(mask + j * Group), p + j * Group);

            if (pairs == Group)
            {
                V.Store(m, max);
                V.Store(scale, inverse);
            }
            else
            {
                Pack.Store(m, max, pairs);
                Pack.Store(scale, inverse, pairs);
            }
        }
    }

    /// <summary>The gradients through those queries; dk and dv are added to if blocks of queries came first.</summary>
    internal readonly struct Backward(AttentionTask t, int first) : IKernel
    {
        [MethodImpl(Kernel.NoInline)]
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            var (pair, row) = (chunk * Group, (nint)Padded(t) * Group);
            var part = (t.Queries - first) * row;
            using var block = new Scratch.Block(2 * part + row);
            float* p = block.Pointer, ds = p + part, mask = ds + part;
            Scores<V>(t, first, pair, t.Q, t.K, t.Log2Scale, p);
            Scores<V>(t, first, pair, t.DY, t.V, 1f, ds);
            for (var query = first; query < t.Queries; query++)
            {
                float* scores = p + (query - first) * row, slopes = ds + (query - first) * row;
                var at = (long)query * t.Pairs + pair;
                if (t.DropRate > 0f) AttentionMask.DrawPairs<V>(t.Key, t.DropRate, Last(t, query), query, pair, mask);
                Softmax<V>(
                    scores, slopes, t.DropRate > 0f ? mask : null, Last(t, query), t.Scale, t.Max + at, t.Inverse + at, Math.Min(Group, t.Pairs - pair));
            }

            if (t.DQ.Exists) OverKeys<V>(t, first, pair, ds, t.K, t.DQ);
            if (t.DK.Exists) OverQueries<V>(t, first, pair, ds, t.Q, t.DK);
            if (t.DV.Exists) OverQueries<V>(t, first, pair, p, t.DY, t.DV);
        }

        /// <summary>Scores become p∘mask, and dp becomes p∘(dp∘mask − Σ p∘dp∘mask)/√dim.</summary>
        [MethodImpl(Kernel.NoInline)]
        static void Softmax<V>(float* p, float* ds, float* mask, int keys, float scale, float* max, float* inverse, int pairs) where V : struct, ILanes<V>
        {
            var m = pairs == Group ? V.Load(max) : Pack.Load<V>(max, pairs);
            var reciprocal = pairs == Group ? V.Load(inverse) : Pack.Load<V>(inverse, pairs);
            var dot = V.Broadcast(0f);
            for (var j = 0; j < keys; j++)
            {
                var e = Functions.Exp2OfNegative(V.Load(p + j * Group) - m) * reciprocal;
                var dp = V.Load(ds + j * Group);
                if (mask != null) dp *= V.Load(mask + j * Group);
                dot = V.Fma(e, dp, dot);
                V.Store(e, p + j * Group);
                V.Store(dp, ds + j * Group);
            }

            var factor = V.Broadcast(scale);
            for (var j = 0; j < keys; j++)
            {
                var e = V.Load(p + j * Group);
                V.Store(e * (V.Load(ds + j * Group) - dot) * factor, ds + j * Group);
                if (mask != null) V.Store(e * V.Load(mask + j * Group), p + j * Group);
            }
        }
    }

    /// <summary>Keys in rows of scores: a multiple of the four words of a Philox block.</summary>
    [MethodImpl(Kernel.Inline)]
    static int Padded(in AttentionTask t) => IntegerMath.RoundUp(t.Keys, 4);

    /// <summary>How many keys a query sees.</summary>
    [MethodImpl(Kernel.Inline)]
    static int Last(in AttentionTask t, int query) => t.Causal ? query + 1 : t.Keys;

    /// <summary>s[query, key, pair] = scale·Σ x[query]·y[key].</summary>
    [MethodImpl(Kernel.NoInline)]
    static void Scores<V>(in AttentionTask t, int first, int pair, in AttentionHeads x, in AttentionHeads y, float scale, float* s) where V : struct, ILanes<V>
    {
        int dim = t.Dim, padded = Padded(t), yRow = y.Row;
        for (var g = 0; g < Math.Min(Group, t.Pairs - pair); g++)
        {
            float* px = t.At(x, pair + g, first), py = t.At(y, pair + g, 0);
            for (var query = first; query < t.Queries; query++, px += x.Row)
            {
                float* to = s + (nint)(query - first) * padded * Group + g, row = py;
                var keys = Last(t, query);
                if (dim == 64)                                                         // the usual size of a head: the query stays in registers
                {
                    V x0 = V.Load(px), x1 = V.Load(px + 16), x2 = V.Load(px + 32), x3 = V.Load(px + 48);
                    for (var j = 0; j < keys; j++, row += yRow, to += Group)
                    {
                        var sum = V.Fma(x0, V.Load(row), V.Broadcast(0f));
                        sum = V.Fma(x1, V.Load(row + 16), sum);
                        sum = V.Fma(x2, V.Load(row + 32), sum);
                        *to = V.Sum(V.Fma(x3, V.Load(row + 48), sum)) * scale;
                    }

                    continue;
                }

                for (var j = 0; j < keys; j++, row += yRow, to += Group) *to = Reduce.Dot<V>(px, row, dim) * scale;
            }
        }
    }

    /// <summary>y[query] = [y[query] +] Σ w[query, key]·x[key].</summary>
    [MethodImpl(Kernel.NoInline)]
    static void OverKeys<V>(in AttentionTask t, int first, int pair, float* w, in AttentionHeads x, in AttentionHeads y) where V : struct, ILanes<V>
    {
        for (var g = 0; g < Math.Min(Group, t.Pairs - pair); g++)
        {
            float* px = t.At(x, pair + g, 0), py = t.At(y, pair + g, first);
            for (var query = first; query < t.Queries; query++, py += y.Row)
                Weighted<V>(w + (nint)(query - first) * Padded(t) * Group + g, Group, px, x.Row, Last(t, query), t.Dim, py, y.Accumulate);
        }
    }

    /// <summary>y[key] = [y[key] +] Σ w[query, key]·x[query].</summary>
    [MethodImpl(Kernel.NoInline)]
    static void OverQueries<V>(in AttentionTask t, int first, int pair, float* w, in AttentionHeads x, in AttentionHeads y) where V : struct, ILanes<V>
    {
        for (var g = 0; g < Math.Min(Group, t.Pairs - pair); g++)
        {
            var py = t.At(y, pair + g, 0);
            for (var key = 0; key < t.Keys; key++, py += y.Row)
            {
                var from = t.Causal ? Math.Max(first, key) : first;
                var weights = w + ((nint)(from - first) * Padded(t) + key) * Group + g;
                Weighted<V>(weights, Padded(t) * Group, t.At(x, pair + g, from), x.Row, t.Queries - from, t.Dim, py, y.Accumulate);
            }
        }
    }

    /// <summary>y = [y +] Σ w[i]·x[i] over rows of x.</summary>
    [MethodImpl(Kernel.Inline)]
    static void Weighted<V>(float* w, int wStep, float* x, int xRow, int rows, int dim, float* y, bool accumulate) where V : struct, ILanes<V>
    {
        var d = 0;
        for (; d + 64 <= dim; d += 64)
        {
            float* from = x + d, to = y + d, weight = w;
            V s0 = V.Broadcast(0f), s1 = s0, s2 = s0, s3 = s0;
            if (accumulate) (s0, s1, s2, s3) = (V.Load(to), V.Load(to + 16), V.Load(to + 32), V.Load(to + 48));
            for (var i = 0; i < rows; i++, from += xRow, weight += wStep)
            {
                var factor = V.Broadcast(*weight);
                s0 = V.Fma(factor, V.Load(from), s0);
                s1 = V.Fma(factor, V.Load(from + 16), s1);
                s2 = V.Fma(factor, V.Load(from + 32), s2);
                s3 = V.Fma(factor, V.Load(from + 48), s3);
            }

            V.Store(s0, to);
            V.Store(s1, to + 16);
            V.Store(s2, to + 32);
            V.Store(s3, to + 48);
        }

        for (; d + 16 <= dim; d += 16)
        {
            var sum = accumulate ? V.Load(y + d) : V.Broadcast(0f);
            for (var i = 0; i < rows; i++) sum = V.Fma(V.Broadcast(w[(long)i * wStep]), V.Load(x + (long)i * xRow + d), sum);
            V.Store(sum, y + d);
        }

        for (; d < dim; d++)
        {
            var sum = accumulate ? y[d] : 0f;
            for (var i = 0; i < rows; i++) sum = MathF.FusedMultiplyAdd(w[(long)i * wStep], x[(long)i * xRow + d], sum);
            y[d] = sum;
        }
    }
}
