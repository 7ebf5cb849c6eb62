namespace TinyJepa;

/// <summary>The sizes of an attention, and which probabilities it leaves out.</summary>
/// <param name="Batch">Sequences.</param>
/// <param name="Queries">Query tokens of each sequence.</param>
/// <param name="Keys">Key tokens of each sequence; as many as queries if causal.</param>
/// <param name="Heads">Heads, side by side in the columns.</param>
/// <param name="Dim">Columns of a head.</param>
/// <param name="Causal">Whether a query sees no later keys.</param>
/// <param name="DropRate">The fraction of probabilities that are zeroed, in [0, 1).</param>
/// <param name="DropKey">The key of the random numbers; each is a function of it and of batch, head, query and key.</param>
public readonly record struct AttentionShape(int Batch, int Queries, int Keys, int Heads, int Dim, bool Causal, float DropRate, ulong DropKey);

/// <summary>Some of the columns of a tensor of rows: q, k or v in a packed projection.</summary>
/// <param name="Tensor">The tensor; its last axis is a row.</param>
/// <param name="Start">The first column.</param>
public readonly record struct ColumnRange(Tensor Tensor, int Start);

/// <summary>The gradient of a <see cref="ColumnRange"/>: the same columns of a gradient.</summary>
/// <param name="Target">The gradient of the whole tensor; only these columns are written.</param>
/// <param name="Start">The first column.</param>
public readonly record struct ColumnTarget(GradientTarget Target, int Start);
