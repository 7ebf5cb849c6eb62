namespace TinyJepa.Kernels;

/// <summary>
/// softmax(q·kᵀ/√dim)·v and its gradients without ever holding all scores: blocks of queries against blocks of keys, with a running
/// maximum and sum (Milakov &amp; Gimelshein 2018); backward draws the probabilities again from the saved maximum and sum of each row
/// (Dao et al. 2022, algorithms 1 and 4).
/// </summary>
/// <remarks>
/// Queries lie on the lanes: softmax then needs no sums across lanes, keys and dimensions of any number fit without padding, and k and v are
/// read from where they lie. What does not fill a block of queries, and whole short sequences, takes <see cref="AttentionFew"/>.
/// </remarks>
static unsafe class Attention
{
    /// <summary>Queries of a block: two packs.</summary>
    internal const int QueryBlock = 32;

    /// <summary>Keys of a block: its scores and, backwards, their gradients take 16 KB each and stay in the first-level cache. A multiple of 8.</summary>
    internal const int KeyBlock = 128;

    const long ChunkWork = 1 << 18;                      // multiply-adds that are worth a chunk of their own: about 4 µs

    internal static void Forward(in AttentionTask task)
    {
        var blocked = Blocked(task);
        if (blocked > 0)
        {
            var kernel = new AttentionForward(task, blocked, Together((long)QueryBlock * task.Keys * task.Dim * 2));
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
            var kernel = new AttentionBackward(task, blocked, Together((long)blocked * task.Keys * task.Dim * 5));
            kernel.RunAll();
            (rest.DK, rest.DV) = (task.DK.Kept, task.DV.Kept);
        }

        if (blocked < task.Queries) Cores.Run(new AttentionFew.Backward(rest, blocked), AttentionFew.Chunks(task));
    }

    /// <summary>How many queries, from the first on, are worked on in blocks: up to six left over, or few scores in all, are faster one by one.</summary>
    static int Blocked(in AttentionTask task)
    {
        var left = task.Queries % QueryBlock;
        return left <= 6 || (long)left * task.Keys <= 256 ? task.Queries - left : task.Queries;
    }

    static int Together(long work) => (int)Math.Clamp(ChunkWork / Math.Max(1, work), 1, 64);
}
