using System.Runtime.CompilerServices;

namespace TinyJepa.Kernels;

/// <summary>Which probabilities are zero: those of later keys, and those that dropout takes.</summary>
static unsafe class AttentionMask
{
    static readonly float* Counting = Count();

    /// <summary>−∞ for keys behind their query. Row i is key <paramref name="key"/> + i, column j query <paramref name="query"/> + j.</summary>
    internal static void Causal(float* scores, int rows, int width, int key, int query)
    {
        for (var i = Math.Max(0, query + 1 - key); i < rows; i++)
            new Span<float>(scores + (long)i * width, Math.Min(width, key + i - query)).Fill(float.NegativeInfinity);
    }

    /// <summary>
    /// The factors of dropout, 0 or 1/(1 − rate), for some keys and one pair and a row of queries on the lanes; for rows in the layout of scores.
    /// </summary>
    /// <remarks>
    /// The number of a probability is a function of the key of the stream and of its place only: word key mod 4 of Philox's block (key / 4,
    /// query, pair). So nothing is stored, and backward draws what forward drew.
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
        var (threshold, kept) = (V.Broadcast(rate * (1 << 24)), V.Broadcast(1f / (1f - rate)));
        V lanes = V.Load(Counting), none = V.BroadcastBits(0);
        var queries = V.AddBits(V.BroadcastBits(query), queryStep != 0 ? lanes : none);
        var pairs = V.AddBits(V.BroadcastBits(pair), pairStep != 0 ? lanes : none);
        for (var i = 0; i < rows; i += 4, mask += 4 * width)
        {
            V c0 = V.BroadcastBits((key + i) / 4), c1 = queries, c2 = pairs, c3 = none;
            int k0 = (int)stream, k1 = (int)(stream >> 32);
            for (var round = 0; round < 10; round++)                                      // Salmon et al. 2011, as Philox.Block has them
            {
                V m0 = V.BroadcastBits(unchecked((int)0xD2511F53)), m1 = V.BroadcastBits(unchecked((int)0xCD9E8D57));
                Product(c0, m0, out var low0, out var high0);
                Product(c2, m1, out var low1, out var high1);
                c0 = V.Xor(V.Xor(high1, c1), V.BroadcastBits(k0));
                c2 = V.Xor(V.Xor(high0, c3), V.BroadcastBits(k1));
                (c1, c3) = (low1, low0);
                k0 += unchecked((int)0x9E3779B9);
                k1 += unchecked((int)0xBB67AE85);
            }

            V.Store(Factor(c0, threshold, kept), mask);
            if (i + 1 < rows) V.Store(Factor(c1, threshold, kept), mask + width);
            if (i + 2 < rows) V.Store(Factor(c2, threshold, kept), mask + 2 * width);
            if (i + 3 < rows) V.Store(Factor(c3, threshold, kept), mask + 3 * width);
        }
    }

    /// <summary>Both halves of the lanes' products with one number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Product<V>(V x, V number, out V low, out V high) where V : struct, ILanes<V>
    {
        V even = V.MultiplyEven(x, number), odd = V.MultiplyEven(V.OddToEven(x), number);
        low = V.Or(V.OddToEven(V.EvenToOdd(even)), V.EvenToOdd(odd));
        high = V.Or(V.OddToEven(even), V.EvenToOdd(V.OddToEven(odd)));
    }

    /// <summary>24 bits as a number in [0, 2²⁴): below the threshold it is dropped.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V Factor<V>(V bits, V threshold, V kept) where V : struct, ILanes<V> =>
        V.Select(V.Less(V.ToFloat(V.ShiftRight(bits, 8)), threshold), V.Broadcast(0f), kept);

    static float* Count()
    {
        var lanes = Scratch.Zeros(16);
        for (var i = 0; i < 16; i++) ((int*)lanes)[i] = i;
        return lanes;
    }
}
