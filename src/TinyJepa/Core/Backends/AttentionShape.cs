namespace TinyJepa;

/// <summary>How many of everything an attention has, and which probabilities it leaves out.</summary>
/// <param name="Batch">Sequences.</param>
/// <param name="Queries">Tokens that ask, of each sequence.</param>
/// <param name="Keys">Tokens that answer, of each sequence; as many as queries if causal.</param>
/// <param name="Heads">Heads, side by side in the columns.</param>
/// <param name="Dim">Columns of a head.</param>
/// <param name="Causal">Whether a query sees no later keys.</param>
/// <param name="DropRate">The share of probabilities that are zeroed, in [0, 1).</param>
/// <param name="DropKey">The key of the random numbers; each is a function of it and of batch, head, query and key.</param>
public readonly record struct AttentionShape(int Batch, int Queries, int Keys, int Heads, int Dim, bool Causal, float DropRate, ulong DropKey);

/// <summary>Some of the columns of a tensor of rows, from <paramref name="Start"/> on: q, k or v in a packed projection.</summary>
/// <param name="Of">The tensor; its last axis is a row.</param>
/// <param name="Start">The first column.</param>
/// <param name="Accumulate">Whether writing adds to the numbers that are there.</param>
public readonly record struct ColumnRange(Tensor Of, int Start, bool Accumulate = false);
