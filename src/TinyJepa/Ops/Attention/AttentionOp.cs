using TinyJepa.Export;

namespace TinyJepa;

/// <summary>y = softmax(q·kᵀ/√dim)·v in every head (Vaswani et al. 2017, eq. 1), without ever holding the scores.</summary>
public static class AttentionOp
{
    extension(Tensor q)
    {
        /// <summary>For every query the mean of the values, weighted by softmax(q·k/√dim) over the keys; head by head.</summary>
        /// <param name="k">[batch, keys, heads·dim]</param>
        /// <param name="v">[batch, keys, heads·dim]</param>
        /// <param name="heads">How many heads lie side by side in the last axis.</param>
        /// <param name="causal">Whether query i sees the keys 0 … i only; there must be as many keys as queries.</param>
        /// <param name="dropout">The probability of a zeroed weight, in [0, 1), while the innermost scope is a tape; the others are scaled up.</param>
        /// <param name="rng">The stream to draw the dropped weights from; each such call draws two words.</param>
        /// <returns>[batch, queries, heads·dim] for q of shape [batch, queries, heads·dim].</returns>
        /// <exception cref="ArgumentException">The shapes do not fit each other or the heads.</exception>
        /// <exception cref="ArgumentOutOfRangeException">The rate is not in [0, 1), or heads is below 1.</exception>
        /// <exception cref="ArgumentNullException">Dropout without a stream.</exception>
        public Tensor Attention(Tensor k, Tensor v, int heads, bool causal = false, float dropout = 0f, Rng? rng = null)
        {
            Check(q.Shape, k.Shape, v.Shape, heads, causal);
            var (rate, key) = Draw(dropout, rng);
            var sizes = new AttentionShape(q.Shape[0], q.Shape[1], k.Shape[1], heads, q.Shape[2] / heads, causal, rate, key);
            var trains = Tape.Tracks(q, k, v);
            var (y, saved) = Run(sizes, new(q, 0), new(k, 0), new(v, 0), trains);
            if (trains) Tape.Add(y, new Grad(sizes, q, k, v, y, saved));
            return y;
        }
    }

    extension(Tensor qkv)
    {
        /// <summary>Attention of a sequence to itself from one packed projection; no copy is made of its parts.</summary>
        /// <param name="heads">How many heads there are.</param>
        /// <param name="causal">Whether token i sees the tokens 0 … i only.</param>
        /// <param name="dropout">The probability of a zeroed weight, in [0, 1), while the innermost scope is a tape; the others are scaled up.</param>
        /// <param name="rng">The stream to draw the dropped weights from; each such call draws two words.</param>
        /// <returns>
        /// [batch, tokens, heads·dim] for an input of shape [batch, tokens, 3·heads·dim]: columns of q, k and v in this order, heads inside
        /// each.
        /// </returns>
        /// <exception cref="ArgumentException">The last axis is no multiple of 3·heads.</exception>
        /// <exception cref="ArgumentOutOfRangeException">The rate is not in [0, 1), or heads is below 1.</exception>
        /// <exception cref="ArgumentNullException">Dropout without a stream.</exception>
        public Tensor SelfAttention(int heads, bool causal = false, float dropout = 0f, Rng? rng = null)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(heads, 1);
            var shape = qkv.Shape;
            if (shape.Rank != 3 || shape[2] == 0 || shape[2] % (3 * heads) != 0)
                Throw.Unfit("SelfAttention", shape, $"with {heads} heads it needs [batch, tokens, {3 * heads}·dim]");
            var (rate, key) = Draw(dropout, rng);
            var width = shape[2] / 3;
            var sizes = new AttentionShape(shape[0], shape[1], shape[1], heads, width / heads, causal, rate, key);
            var trains = Tape.Tracks(qkv);
            var (y, saved) = Run(sizes, new(qkv, 0), new(qkv, width), new(qkv, 2 * width), trains);
            if (trains) Tape.Add(y, new PackedGrad(sizes, qkv, y, saved));
            return y;
        }
    }

    static void Check(in Shape q, in Shape k, in Shape v, int heads, bool causal)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(heads, 1);
        if (q.Rank != 3 || k.Rank != 3) Throw.Mismatch("Attention", q, k, $"with {heads} heads q and k need to be [batch, tokens, {heads}·dim]");
        if (k != v) Throw.Mismatch("Attention", k, v, $"with {heads} heads k and v must have one shape");
        if (q[0] != k[0] || q[2] != k[2]) Throw.Mismatch("Attention", q, k, $"with {heads} heads q and k may differ in their tokens only");
        if (q[2] == 0 || q[2] % heads != 0) Throw.Mismatch("Attention", q, k, $"their last axis must be a multiple of the {heads} heads");
        if (causal && q[1] != k[1]) Throw.Mismatch("Attention", q, k, $"causal attention with {heads} heads needs as many keys as queries");
        if (k[1] == 0 && q[1] > 0) Throw.Mismatch("Attention", q, k, $"with {heads} heads there must be a key for the queries to attend to");
    }

    /// <summary>The rate that is in force, and the key of this call's random stream.</summary>
    static (float Rate, ulong Key) Draw(float dropout, Rng? rng)
    {
        if (!(dropout >= 0f && dropout < 1f)) throw new ArgumentOutOfRangeException(nameof(dropout), dropout, "A dropout rate lies in [0, 1).");
        if (dropout == 0f) return (0f, 0);
        ArgumentNullException.ThrowIfNull(rng);
        return Tape.IsOpen ? (dropout, ((ulong)rng.NextBits() << 32) | rng.NextBits()) : (0f, 0);
    }

    static (Tensor Y, Tensor Saved) Run(in AttentionShape sizes, ColumnRange q, ColumnRange k, ColumnRange v, bool trains)
    {
        var backend = q.Tensor.Backend;
        var y = Tensor.Empty([sizes.Batch, sizes.Queries, sizes.Heads * sizes.Dim], backend);
        var saved = Tensor.Empty([backend.AttentionSavedFloats(sizes, trains)], backend);
        if (y.Length > 0) backend.Attention(sizes, q, k, v, y, saved);
        return (y, saved);
    }

    /// <summary>The same in plain products: scores q·kᵀ/√dim of [batch, heads, queries, keys], −∞ where the future lies, softmax, times v.</summary>
    static OnnxValue Export(OnnxGraph graph, in AttentionShape sizes, OnnxValue q, OnnxValue k, OnnxValue v)
    {
        var (batch, queries, keys, heads, dim) = (sizes.Batch, sizes.Queries, sizes.Keys, sizes.Heads, sizes.Dim);
        q = graph.Transpose(graph.Reshape(q, [batch, queries, heads, dim]), 0, 2, 1, 3);
        k = graph.Transpose(graph.Reshape(k, [batch, keys, heads, dim]), 0, 2, 3, 1);
        v = graph.Transpose(graph.Reshape(v, [batch, keys, heads, dim]), 0, 2, 1, 3);
        var scores = graph.Add("MatMul", [q, k]) * (1f / MathF.Sqrt(dim));
        if (sizes.Causal) scores += graph.Constant(Tensor.From(Backend.CausalMask(queries), [queries, queries]));
        var result = graph.Add("MatMul", [scores.Apply("Softmax", new OnnxAttribute("axis", -1)), v]);
        return graph.Reshape(graph.Transpose(result, 0, 2, 1, 3), [batch, queries, heads * dim]);
    }

    /// <summary>
    /// The probabilities are computed again; recorded are the operands, the result and what the backend saved: few scores, or two values of
    /// each row.
    /// </summary>
    readonly struct Grad(AttentionShape sizes, Tensor q, Tensor k, Tensor v, Tensor y, Tensor saved) : IOp, IExportedOp
    {
        public void Backward(Tensor dy)
        {
            var (toQ, toK, toV) = (q.GradientTargetOrNull(), k.GradientTargetOrNull(), v.GradientTargetOrNull());
            if (y.Length == 0)
            {
                Clear(toK);
                Clear(toV);
                return;
            }

            // One pass writes all three, so gradients that share memory are computed apart and then added in this order.
            var shared = q.Node.Root == k.Node.Root || k.Node.Root == v.Node.Root || v.Node.Root == q.Node.Root;
            ColumnTarget? dq = Columns(toQ, shared), dk = Columns(toK, shared), dv = Columns(toV, shared);
            dy.Backend.AttentionBackward(sizes, new(q, 0), new(k, 0), new(v, 0), y, saved, dy, dq, dk, dv);
            if (!shared) return;
            Add(dq, toQ);
            Add(dk, toK);
            Add(dv, toV);
        }

        static ColumnTarget? Columns(GradientTarget? to, bool shared) => to is not { } target ? null
            : new(shared ? new(Tensor.Empty(target.Tensor.Shape, target.Tensor.Backend), Accumulate: false) : target, 0);

        static void Add(ColumnTarget? own, GradientTarget? to)
        {
            if (own is { Target.Tensor: var part } && to is { } target) part.Backend.Add(part, 1f, target.Tensor, target.Accumulate);
        }

        /// <summary>Without queries, keys and values have no influence.</summary>
        static void Clear(GradientTarget? gradient)
        {
            if (gradient is { Accumulate: false } target) target.Tensor.Backend.Fill(target.Tensor, 0f);
        }

        public OnnxValue Export(OnnxGraph graph, Tensor result) => AttentionOp.Export(graph, sizes, graph[q], graph[k], graph[v]);
    }

    /// <summary>The same; the three gradients are columns of one.</summary>
    readonly struct PackedGrad(AttentionShape sizes, Tensor x, Tensor y, Tensor saved) : IOp, IExportedOp
    {
        public void Backward(Tensor dy)
        {
            if (y.Length == 0 || !x.NeedsGradient(out var dx)) return;
            var width = sizes.Heads * sizes.Dim;
            dy.Backend.AttentionBackward(
                sizes, new(x, 0), new(x, width), new(x, 2 * width), y, saved, dy, new(dx, 0), new(dx, width), new(dx, 2 * width));
        }

        public OnnxValue Export(OnnxGraph graph, Tensor result)
        {
            var width = sizes.Heads * sizes.Dim;
            return AttentionOp.Export(graph, sizes,
                graph.Slice(graph[x], 2, 0, width, 3 * width), graph.Slice(graph[x], 2, width, width, 3 * width), graph.Slice(graph[x], 2, 2 * width,
                    width, 3 * width));
        }
    }
}
