using System.Runtime.CompilerServices;

namespace TinyJepa.Kernels;

/// <summary>Which probabilities are zero: those of later keys, and those that dropout drops.</summary>
static unsafe class AttentionMask
{
    static readonly float* Counting = Count();

    /// <summary>−∞ for keys after their query. Row i is key <paramref name="key"/> + i, column j query <paramref name="query"/> + j.</summary>
    internal static void Causal(float* scores, int rows, int width, int key, int query)
    {
        for (var i = Math.Max(0, query + 1 - key); i < rows; i++)
            new Span<float>(scores + (long)i * width, Math.Min(width, key + i - query)).Fill(float.NegativeInfinity);
    }

    /// <summary>
    /// The factors of dropout, 0 or 1/(1 − rate), in the layout of scores: rows are keys, and the lanes are queries of one pair.
    /// </summary>
    /// <remarks>
    /// The random word of a probability depends on the key of the stream and on its position only: it is word key mod 4 of Philox's block (key / 4,
    /// query, pair). So no mask is stored, and backward computes the same one as forward.
    /// </remarks>
    internal static void Draw<V>(ulong stream, float rate, int key, int rows, int query, int pair, int width, float* mask) where V : struct, ILanes<V>
    {
        for (var lane = 0; lane < width; lane += 16) Rows<V>(stream, rate, key, rows, query + lane, 1, pair, 0, width, mask + lane);
    }

    /// <summary>The same for one query and 16 pairs on the lanes.</summary>
    internal static void DrawPairs<V>(ulong stream, float rate, int rows, int query, int pair, float* mask) where V : struct, ILanes<V> =>
        Rows<V>(stream, rate, 0, rows, query, 0, pair, 1, 16, mask);

    [MethodImpl(Kernel.NoInline)]
    static void Rows<V>(ulong stream, float rate, int key, int rows, int query, int queryStep, int pair, int pairStep, int width, float* mask)
        where V : struct, ILanes<V>
    {
        var (threshold, scale) = (V.Broadcast(rate * (1 << 24)), V.Broadcast(1f / (1f - rate)));
        V lanes = V.Load(Counting), none = V.BroadcastBits(0);
        var queries = V.AddBits(V.BroadcastBits(query), queryStep != 0 ? lanes : none);
        var pairs = V.AddBits(V.BroadcastBits(pair), pairStep != 0 ? lanes : none);
        V oddQueries = V.OddToEven(queries), oddPairs = V.OddToEven(pairs);
        var keys = stackalloc int[20];
        Philox.Schedule(stream, keys);
        for (var i = 0; i < rows; i += 4, mask += 4 * width)
        {
            // Philox works in the even lanes: c are the counters of the even queries or pairs, d those of the odd ones.
            V c0 = V.BroadcastBits((key + i) / 4), c1 = queries, c2 = pairs, c3 = none, d0 = c0, d1 = oddQueries, d2 = oddPairs, d3 = none;
            if (typeof(V) == typeof(Lanes512))
            {
                Philox.Rounds(keys, ref c0, ref c1, ref c2, ref c3, ref d0, ref d1, ref d2, ref d3);
            }
            else
            {
                Philox.Rounds(keys, ref c0, ref c1, ref c2, ref c3);
                Philox.Rounds(keys, ref d0, ref d1, ref d2, ref d3);
            }

            V.Store(Factor(Philox.Interleave(c0, d0), threshold, scale), mask);
            if (i + 1 < rows) V.Store(Factor(Philox.Interleave(c1, d1), threshold, scale), mask + width);
            if (i + 2 < rows) V.Store(Factor(Philox.Interleave(c2, d2), threshold, scale), mask + 2 * width);
            if (i + 3 < rows) V.Store(Factor(Philox.Interleave(c3, d3), threshold, scale), mask + 3 * width);
        }
    }

    /// <summary>0 where the upper 24 bits, as an integer, are below the threshold; the scale elsewhere.</summary>
    [MethodImpl(Kernel.Inline)]
    static V Factor<V>(V bits, V threshold, V scale) where V : struct, ILanes<V> =>
        V.Select(V.Less(V.ToFloat(V.ShiftRight(bits, 8)), threshold), V.Broadcast(0f), scale);

    static float* Count()
    {
        var lanes = Scratch.Zeros(16);
        for (var i = 0; i < 16; i++) ((int*)lanes)[i] = i;
        return lanes;
    }
}
