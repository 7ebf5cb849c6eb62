using TinyJepa.Kernels;

namespace TinyJepa;

/// <summary>Scaled dot-product attention.</summary>
public abstract partial class Backend
{
    /// <summary>y = softmax(q·kᵀ/√dim)·v for every batch and head.</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="q">The queries' columns, [batch, queries, …].</param>
    /// <param name="k">The keys' columns, [batch, keys, …].</param>
    /// <param name="v">The values' columns, [batch, keys, …].</param>
    /// <param name="y">[batch, queries, heads·dim]</param>
    /// <param name="saved">[<see cref="AttentionSavedFloats"/>]: what backward needs to know of the probabilities.</param>
    public virtual void Attention(in AttentionShape shape, ColumnRange q, ColumnRange k, ColumnRange v, Tensor y, Tensor saved)
    {
        using var scope = Scope.Begin();
        var (probabilities, factors) = Probabilities(shape, HeadsOf(shape, q, shape.Queries), HeadsOf(shape, k, shape.Keys));
        if (factors is { } drop) Zip(new Compositions.Product(), probabilities, drop, probabilities);
        var heads = Tensor.Empty([shape.Batch, shape.Heads, shape.Queries, shape.Dim], this);
        MatMul(probabilities, false, HeadsOf(shape, v, shape.Keys), false, heads, accumulate: false);
        Permute(heads, [0, 2, 1, 3], View(y, [shape.Batch, shape.Queries, shape.Heads, shape.Dim]), accumulate: false);
    }

    /// <summary>How many floats <see cref="Attention"/> saves for <see cref="AttentionBackward"/>.</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="trains">Whether a backward pass will read them.</param>
    public virtual int AttentionSavedFloats(in AttentionShape shape, bool trains) => 0;

    /// <summary>The gradients of <see cref="Attention"/> with respect to q, k and v; they overlap neither each other nor an operand.</summary>
    public virtual void AttentionBackward(
        in AttentionShape shape, ColumnRange q, ColumnRange k, ColumnRange v, Tensor y, Tensor saved, Tensor dy,
        ColumnTarget? dq, ColumnTarget? dk, ColumnTarget? dv)
    {
        using var scope = Scope.Begin();
        Tensor queries = HeadsOf(shape, q, shape.Queries), keys = HeadsOf(shape, k, shape.Keys);
        var (probabilities, factors) = Probabilities(shape, queries, keys);
        var dropped = probabilities;
        if (factors is { } drop) Zip(new Compositions.Product(), probabilities, drop, dropped = Tensor.Empty(probabilities.Shape, this));
        var upstream = HeadsOf(shape, new ColumnRange(dy, 0), shape.Queries);

        var gradient = Tensor.Empty([shape.Batch, shape.Heads, shape.Keys, shape.Dim], this);
        MatMul(dropped, true, upstream, false, gradient, accumulate: false);
        Scatter(shape, gradient, shape.Keys, 1f, dv);

        Tensor dp = Tensor.Empty(probabilities.Shape, this), scores = Tensor.Empty(probabilities.Shape, this);
        MatMul(upstream, false, HeadsOf(shape, v, shape.Keys), true, dp, accumulate: false);
        if (factors is { } f) Zip(new Compositions.Product(), dp, f, dp);
        SoftmaxBackward(probabilities, dp, new GradientTarget(scores, false));

        var scale = 1f / MathF.Sqrt(shape.Dim);
        MatMul(scores, true, queries, false, gradient, accumulate: false);
        Scatter(shape, gradient, shape.Keys, scale, dk);
        gradient = Tensor.Empty([shape.Batch, shape.Heads, shape.Queries, shape.Dim], this);
        MatMul(scores, false, keys, false, gradient, accumulate: false);
        Scatter(shape, gradient, shape.Queries, scale, dq);
    }

    /// <summary>softmax(q·kᵀ/√dim), [batch, heads, queries, keys], and the factors of dropout.</summary>
    (Tensor Probabilities, Tensor? Factors) Probabilities(in AttentionShape shape, Tensor queries, Tensor keys)
    {
        var scores = Tensor.Empty([shape.Batch, shape.Heads, shape.Queries, shape.Keys], this);
        MatMul(queries, false, keys, true, scores, accumulate: false);
        Add(scores, 1f / MathF.Sqrt(shape.Dim), scores, accumulate: false);
        if (shape.Causal)
            Zip(new Compositions.Sum(), scores, Tensor.From(CausalMask(shape.Queries), [shape.Queries, shape.Queries], this), scores);
        Softmax(scores, scores);
        if (shape.DropRate == 0f) return (scores, null);

        return (scores, Tensor.From(DropFactors(shape, scores.Length), scores.Shape, this));
    }

    /// <summary>
    /// 0 or 1/(1 − rate) for every probability, [batch, heads, queries, keys]. Its random number is word key mod 4 of Philox's block of (key / 4,
    /// query, batch·heads + head) under the key of this attention, on every backend. This default makes them on the host; a device overrides it.
    /// </summary>
    static float[] DropFactors(in AttentionShape shape, int length)
    {
        var factors = new float[length];
        var kept = 1f / (1f - shape.DropRate);
        for (var i = 0; i < factors.Length; i++)
        {
            int key = i % shape.Keys, query = i / shape.Keys % shape.Queries, pair = i / shape.Keys / shape.Queries;
            Philox.Block(shape.DropKey, (uint)(key / 4) | ((ulong)query << 32), (uint)pair, out var r0, out var r1, out var r2, out var r3);
            var word = (key % 4) switch { 0 => r0, 1 => r1, 2 => r2, _ => r3 };
            factors[i] = (word >> 8) < shape.DropRate * (1 << 24) ? 0f : kept;
        }

        return factors;
    }

    /// <summary>−∞ for the keys after a query, 0 for the others: [tokens, tokens].</summary>
    internal static float[] CausalMask(int tokens)
    {
        var mask = new float[tokens * tokens];
        for (var i = 0; i < tokens; i++) mask.AsSpan(i * tokens + i + 1, tokens - i - 1).Fill(float.NegativeInfinity);
        return mask;
    }

    /// <summary>The columns of all heads as matrices of their own: [batch, heads, tokens, dim].</summary>
    Tensor HeadsOf(in AttentionShape shape, ColumnRange x, int tokens)
    {
        var width = shape.Heads * shape.Dim;
        Tensor columns = Tensor.Empty([shape.Batch, tokens, shape.Heads, shape.Dim], this);
        CopyRows(x.Tensor, x.Start, x.Tensor.Shape[-1], columns, 0, width, shape.Batch * tokens, width, accumulate: false);
        var heads = Tensor.Empty([shape.Batch, shape.Heads, tokens, shape.Dim], this);
        Permute(columns, [0, 2, 1, 3], heads, accumulate: false);
        return heads;
    }

    /// <summary>Scales the heads' gradient and brings it to its columns.</summary>
    void Scatter(in AttentionShape shape, Tensor heads, int tokens, float scale, ColumnTarget? target)
    {
        if (target is not { } columns) return;
        var width = shape.Heads * shape.Dim;
        var rows = Tensor.Empty([shape.Batch, tokens, shape.Heads, shape.Dim], this);
        Permute(heads, [0, 2, 1, 3], rows, accumulate: false);
        Add(rows, scale, rows, accumulate: false);
        var whole = columns.Target.Tensor;
        CopyRows(rows, 0, width, whole, columns.Start, whole.Shape[-1], shape.Batch * tokens, width, columns.Target.Accumulate);
    }
}
