using System.Runtime.CompilerServices;

namespace TinyJepa.Kernels;

/// <summary>
/// Philox4x32-10 (Salmon et al. 2011): ten rounds compute four random words from a counter and a key. Counters are independent of each
/// other, so eight of them fill the lanes, and any thread can compute any range of the stream.
/// </summary>
static unsafe class Philox
{
    /// <summary>Words of one pass over the lanes: four from each of eight counters.</summary>
    internal const int Group = 32;

    /// <summary>Elements per chunk of a fill: a few microseconds.</summary>
    internal const int Chunk = 8192;

    /// <summary>Words that are computed and used at a time; they stay in the first-level cache.</summary>
    const int Tile = 1024;

    const uint MultiplierA = 0xD2511F53, MultiplierB = 0xCD9E8D57, WeylA = 0x9E3779B9, WeylB = 0xBB67AE85;

    internal static int Chunks(int n) => IntegerMath.CeilDiv(n, Chunk);

    /// <summary>Ten rounds on the counter (low, high) under the key.</summary>
    internal static void Block(ulong key, ulong low, ulong high, out uint r0, out uint r1, out uint r2, out uint r3)
    {
        var (c0, c1, c2, c3) = ((uint)low, (uint)(low >> 32), (uint)high, (uint)(high >> 32));
        var (k0, k1) = ((uint)key, (uint)(key >> 32));
        for (var round = 0; round < 10; round++)
        {
            var p0 = (ulong)MultiplierA * c0;
            var p1 = (ulong)MultiplierB * c2;
            (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ k1, (uint)p0);
            k0 += WeylA;
            k1 += WeylB;
        }

        (r0, r1, r2, r3) = (c0, c1, c2, c3);
    }

    /// <summary>What is computed from the words of a range of the stream.</summary>
    internal interface IUse
    {
        /// <summary>Takes <paramref name="count"/> words, the first of them for element <paramref name="from"/>.</summary>
        void Take<V>(float* words, int from, int count) where V : struct, ILanes<V>;
    }

    /// <summary>Computes n words from a position of the stream on, in tiles that begin at the same elements whatever the position is.</summary>
    internal readonly struct Fill<U>(ulong key, long position, U use, int n) : IKernel where U : unmanaged, IUse
    {
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            const int room = Tile + Group;                                             // a tile may begin inside a block of four
            using var block = new Scratch.Block(room);
            var words = block.Pointer;
            var end = Math.Min(n, (chunk + 1) * Chunk);
            for (var from = chunk * Chunk; from < end; from += Tile)
            {
                var (count, skip) = (Math.Min(Tile, end - from), (int)((position + from) % 4));
                Words<V>(key, (ulong)(position + from) / 4, words, IntegerMath.CeilDiv(skip + count, Group));
                use.Take<V>(words + skip, from, count);
            }
        }
    }

    /// <summary>
    /// Four words of each counter from <paramref name="block"/> on, eight counters at a time. Each counter has a pair of lanes: its words
    /// are in the even one; the odd one only receives upper halves of products.
    /// </summary>
    [MethodImpl(Kernel.NoInline)]
    static void Words<V>(ulong seed, ulong block, float* words, int groups) where V : struct, ILanes<V>
    {
        // Joining halves of four lanes takes the counters in the order 0 4 1 5 2 6 3 7 to the order 0 … 7.
        var offsets = stackalloc int[16] { 0, 0, 4, 0, 1, 0, 5, 0, 2, 0, 6, 0, 3, 0, 7, 0 };
        var keys = stackalloc int[20];
        Schedule(seed, keys);
        var offset = V.Load((float*)offsets);
        var group = 0;
        if (typeof(V) == typeof(Lanes512))
        {
            for (; group + 2 <= groups; group += 2, block += 16, words += 2 * Group)
            {
                Counters(block, offset, out V c0, out V c1);
                Counters(block + 8, offset, out V d0, out V d1);
                V c2 = V.BroadcastBits(0), c3 = c2, d2 = c2, d3 = c2;
                Rounds(keys, ref c0, ref c1, ref c2, ref c3, ref d0, ref d1, ref d2, ref d3);
                Store(c0, c1, c2, c3, words);
                Store(d0, d1, d2, d3, words + Group);
            }
        }

        for (; group < groups; group++, block += 8, words += Group)
        {
            Counters(block, offset, out V c0, out V c1);
            V c2 = V.BroadcastBits(0), c3 = c2;
            Rounds(keys, ref c0, ref c1, ref c2, ref c3);
            Store(c0, c1, c2, c3, words);
        }
    }

    /// <summary>The keys of the ten rounds, two for each.</summary>
    internal static void Schedule(ulong key, int* keys)
    {
        for (var round = 0u; round < 10; round++)
            (keys[2 * round], keys[2 * round + 1]) = ((int)((uint)key + round * WeylA), (int)((uint)(key >> 32) + round * WeylB));
    }

    /// <summary>The counters from <paramref name="block"/> on, in 64 bits: a carry is where the start has its highest bit and the sum has lost it.</summary>
    [MethodImpl(Kernel.Inline)]
    static void Counters<V>(ulong block, V offset, out V c0, out V c1) where V : struct, ILanes<V>
    {
        var start = V.BroadcastBits((int)block);
        c0 = V.AddBits(start, offset);
        var carry = V.ShiftRight(V.And(start, V.Xor(c0, V.BroadcastBits(-1))), 31);
        c1 = V.AddBits(V.BroadcastBits((int)(block >> 32)), carry);
    }

    /// <summary>Ten rounds of <see cref="Block"/> on the counters in the even lanes; the words replace them.</summary>
    [MethodImpl(Kernel.Inline)]
    internal static void Rounds<V>(int* keys, ref V c0, ref V c1, ref V c2, ref V c3) where V : struct, ILanes<V>
    {
        V a = V.BroadcastBits(unchecked((int)MultiplierA)), b = V.BroadcastBits(unchecked((int)MultiplierB));
        for (var end = keys + 20; keys < end; keys += 2) Round(ref c0, ref c1, ref c2, ref c3, a, b, V.BroadcastBits(keys[0]), V.BroadcastBits(keys[1]));
    }

    /// <summary>
    /// The same for two packs of counters, which use the same keys and hide each other's latency: for 512 bits; narrower packs have too few
    /// registers.
    /// </summary>
    [MethodImpl(Kernel.Inline)]
    internal static void Rounds<V>(
        int* keys, ref V c0, ref V c1, ref V c2, ref V c3, ref V d0, ref V d1, ref V d2, ref V d3) where V : struct, ILanes<V>
    {
        V a = V.BroadcastBits(unchecked((int)MultiplierA)), b = V.BroadcastBits(unchecked((int)MultiplierB));
        for (var end = keys + 20; keys < end; keys += 2)
        {
            V k0 = V.BroadcastBits(keys[0]), k1 = V.BroadcastBits(keys[1]);
            Round(ref c0, ref c1, ref c2, ref c3, a, b, k0, k1);
            Round(ref d0, ref d1, ref d2, ref d3, a, b, k0, k1);
        }
    }

    /// <summary>One round. The upper half of a product lies in the odd lane; from there it never returns to an even one.</summary>
    [MethodImpl(Kernel.Inline)]
    static void Round<V>(ref V c0, ref V c1, ref V c2, ref V c3, V a, V b, V k0, V k1) where V : struct, ILanes<V>
    {
        V p0 = V.MultiplyEven(c0, a), p1 = V.MultiplyEven(c2, b);
        c0 = V.Xor(V.OddToEven(p1), c1, k0);
        c2 = V.Xor(V.OddToEven(p0), c3, k1);
        c1 = p1;
        c3 = p0;
    }

    /// <summary>The four words of each counter, side by side.</summary>
    [MethodImpl(Kernel.Inline)]
    static void Store<V>(V c0, V c1, V c2, V c3, float* words) where V : struct, ILanes<V>
    {
        V r01 = Interleave(c0, c1), r23 = Interleave(c2, c3);
        V.Store(V.JoinLow(r01, r23), words);
        V.Store(V.JoinHigh(r01, r23), words + 16);
    }

    /// <summary>The even lanes of both, those of the second one lane higher.</summary>
    [MethodImpl(Kernel.Inline)]
    internal static V Interleave<V>(V even, V odd) where V : struct, ILanes<V> =>
        V.Or(V.And(even, V.OddToEven(V.BroadcastBits(-1))), V.EvenToOdd(odd));

    /// <summary>The upper 24 bits of each word as a number in [0, 1).</summary>
    [MethodImpl(Kernel.Inline)]
    internal static V Unit<V>(V words) where V : struct, ILanes<V> => V.ToFloat(V.ShiftRight(words, 8)) * V.Broadcast(1f / (1 << 24));

    /// <summary>values[i] = min(low + range·u, below).</summary>
    internal readonly struct Uniform(float* values, float low, float range, float below) : IUse
    {
        [MethodImpl(Kernel.NoInline)]
        public void Take<V>(float* words, int from, int count) where V : struct, ILanes<V>
        {
            V start = V.Broadcast(low), width = V.Broadcast(range), end = V.Broadcast(below);
            var y = values + from;
            var i = 0;
            for (; i + 16 <= count; i += 16) V.Store(V.Min(start + width * Unit(V.Load(words + i)), end), y + i);
            if (i < count) Pack.Store(V.Min(start + width * Unit(V.Load(words + i)), end), y + i, count - i);
        }
    }
}
