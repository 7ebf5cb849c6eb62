namespace TinyJepa.Kernels;

/// <summary>
/// softmax(q·kᵀ/√dim)·v and its gradients, blocks of queries against blocks of keys, with a running maximum and sum (Milakov &amp; Gimelshein
/// 2018). Backward computes the probabilities again from the saved maximum and sum of each row (Dao et al. 2022, algorithms 1 and 4). Scores are
/// saved only if they are few: then reading them is cheaper than computing their product again.
/// </summary>
/// <remarks>
/// Queries lie on the lanes: softmax then needs no sums across lanes, any count of keys and dimensions works without padding, and k and v are
/// read in place. Queries that do not fill a block, and whole short sequences, are left to <see cref="AttentionFew"/>.
/// </remarks>
static unsafe class Attention
{
    /// <summary>Queries of a whole block: two packs.</summary>
    const int QueryBlock = 32;

    const long ChunkWork = 1 << 18;                      // multiply-adds that are worth a chunk of their own: about 4 µs
    const long MostSavedScores = 1 << 21;                // 8 MB

    /// <summary>With fewer dimensions than this, the scores are computed again as fast as they are read.</summary>
    const int LeastDim = 32;

    /// <summary>Floats to save: the maximum and the sum of each row and, if backward will read them and they are few, the scores.</summary>
    /// <param name="task">Only its sizes are read.</param>
    /// <param name="trains">Whether a backward pass follows.</param>
    internal static int Saved(in AttentionTask task, bool trains)
    {
        // Under a causal mask a block forwards sees fewer keys than the wider block backwards.
        var scores = (long)task.Pairs * Blocks(task.Queries) * AttentionForward.QueryBlock * task.Keys;
        var saves = trains && !task.Causal && scores <= MostSavedScores && task.Dim >= LeastDim && task.Queries >= AttentionForward.QueryBlock;
        return checked((int)(2L * task.Queries * task.Pairs + (saves ? scores : 0)));
    }

    /// <summary>How many blocks the queries make.</summary>
    internal static int Blocks(int queries) => IntegerMath.CeilDiv(queries, AttentionForward.QueryBlock);

    internal static void Forward(in AttentionTask task)
    {
        var blocked = Blocked(task);
        if (blocked > 0)
        {
            var kernel = new AttentionForward(task, blocked, PairsPerChunk((long)AttentionForward.QueryBlock * task.Keys * task.Dim * 2));
            Cores.Run(kernel, kernel.Chunks);
        }

        if (blocked < task.Queries) Cores.Run(new AttentionFew.Forward(task, blocked), AttentionFew.Chunks(task));
    }

    internal static void Backward(in AttentionTask task)
    {
        var blocked = Blocked(task);
        var rest = task;
        if (blocked > 0)
        {
            var kernel = new AttentionBackward(task, blocked, PairsPerChunk((long)blocked * task.Keys * task.Dim * 5));
            kernel.RunAll();
            (rest.DK, rest.DV) = (task.DK.Accumulating, task.DV.Accumulating);
        }

        if (blocked < task.Queries) Cores.Run(new AttentionFew.Backward(rest, blocked), AttentionFew.Chunks(task));
    }

    /// <summary>
    /// How many queries, from the first on, are processed in blocks. One by one is faster for up to six that are left over, and for few scores in
    /// total: then transposing a block costs more than it saves. A dimension that does not fill its last pack makes it slower.
    /// </summary>
    internal static int Blocked(in AttentionTask task)
    {
        int left = task.Queries % QueryBlock;
        var ragged = task.Dim % 16 != 0;
        return (left <= 6 && !ragged) || (long)left * task.Keys <= (ragged ? 64 : 256) ? task.Queries - left : task.Queries;
    }

    /// <summary>Keys of a block: as equal as possible, and a multiple of the four words of a Philox block.</summary>
    internal static int KeyBlock(int keys, int most) => IntegerMath.RoundUp(IntegerMath.CeilDiv(keys, IntegerMath.CeilDiv(keys, most)), 4);

    internal static int PairsPerChunk(long work) => (int)Math.Clamp(ChunkWork / Math.Max(1, work), 1, 64);
}
