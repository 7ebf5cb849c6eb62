using System.Runtime.CompilerServices;

namespace TinyJepa.Kernels;

/// <summary>One operand of attention as it lies in memory: rows of tokens, in which the heads' elements lie side by side.</summary>
/// <param name="start">Token 0 of head 0 of batch 0; null for a gradient that is not needed.</param>
/// <param name="row">Floats from one token to the next, so that q, k and v may be columns of one packed matrix.</param>
/// <param name="tokens">Tokens of one batch.</param>
/// <param name="accumulate">Whether writing adds to what is there.</param>
readonly unsafe struct AttentionHeads(float* start, int row, int tokens, bool accumulate = false)
{
    internal readonly int Row = row;
    internal readonly bool Accumulate = accumulate;

    internal bool Exists => start != null;

    [MethodImpl(Kernel.Inline)]
    internal float* At(int batch, int token, int column) => start + ((long)batch * tokens + token) * Row + column;

    internal AttentionHeads Accumulating => new(start, Row, tokens, true);
}

/// <summary>Everything that the kernels of attention read and write.</summary>
unsafe struct AttentionTask
{
    internal int Batch, Queries, Keys, HeadCount, Dim;
    internal bool Causal;

    internal AttentionHeads Q, K, V, Y;
    internal float* Saved;                               // written forwards and read backwards
    internal int SavedLength;

    internal float DropRate;                              // the rate; 0 for none
    internal ulong Key;                                  // of the random stream

    internal AttentionHeads DY, DQ, DK, DV;

    /// <summary>Pairs of a batch and a head: independent of each other.</summary>
    internal readonly int Pairs => Batch * HeadCount;

    /// <summary>Whether there is room for the scores in what forward saved.</summary>
    internal readonly bool SavesScores => SavedLength > 2L * Queries * Pairs;

    /// <summary>[queries, pairs]: the largest score of a row, in units of log2.</summary>
    internal readonly float* Max => Saved;

    /// <summary>[queries, pairs]: 1/Σ 2^(score − max).</summary>
    internal readonly float* Inverse => Saved + (long)Queries * Pairs;

    /// <summary>The scores of a block of queries against all keys, key by key, or null if they are not saved.</summary>
    /// <param name="pair">The pair of batch and head.</param>
    /// <param name="block">Index of the block.</param>
    [MethodImpl(Kernel.Inline)]
    internal readonly float* Scores(int pair, int block) =>
        SavesScores ? Saved + 2L * Queries * Pairs + ((long)pair * Attention.Blocks(Queries) + block) * Keys * AttentionForward.QueryBlock : null;

    /// <summary>1/√dim (Vaswani et al. 2017, eq. 1).</summary>
    internal readonly float Scale => 1f / MathF.Sqrt(Dim);

    /// <summary>The same for scores in units of log2, so that probabilities are powers of two: 2^(s·log2 e) = e^s.</summary>
    internal readonly float Log2Scale => Scale * 1.44269504f;

    /// <summary>A token of one pair.</summary>
    [MethodImpl(Kernel.Inline)]                                 // kernels that hold vectors must not call
    internal readonly float* At(in AttentionHeads x, int pair, int token) => x.At(pair / HeadCount, token, pair % HeadCount * Dim);
}
