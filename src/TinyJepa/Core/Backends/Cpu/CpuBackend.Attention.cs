using TinyJepa.Kernels;

namespace TinyJepa;

/// <summary>Attention and softmax.</summary>
sealed unsafe partial class CpuBackend
{
    public override void Softmax(Tensor x, Tensor y)
    {
        using var at = new Operands();
        var (rows, width) = RowsOf(x);
        Cores.Run(new SoftmaxRows.Forward(at[x], at[y], rows, width), Reduce.RowChunks(rows, width));
    }

    public override void SoftmaxBackward(Tensor y, Tensor dy, GradientTarget dx)
    {
        using var at = new Operands();
        var (rows, width) = RowsOf(y);
        Cores.Run(new SoftmaxRows.Backward(at[y], at[dy], at[dx.Tensor], dx.Accumulate, rows, width), Reduce.RowChunks(rows, width));
    }

    public override void Attention(in AttentionShape shape, ColumnRange q, ColumnRange k, ColumnRange v, Tensor y, Tensor saved)
    {
        using var at = new Operands();
        var task = TaskOf(shape) with
        {
            Q = Heads(at[q.Tensor], q, shape.Queries), K = Heads(at[k.Tensor], k, shape.Keys), V = Heads(at[v.Tensor], v, shape.Keys),
            Y = Heads(at[y], new ColumnRange(y, 0), shape.Queries), Saved = at[saved], SavedLength = saved.Length,
        };
        Kernels.Attention.Forward(task);
    }

    public override int AttentionSavedFloats(in AttentionShape shape, bool trains) => Kernels.Attention.Saved(TaskOf(shape), trains);

    public override void AttentionBackward(
        in AttentionShape shape, ColumnRange q, ColumnRange k, ColumnRange v, Tensor y, Tensor saved, Tensor dy,
        ColumnTarget? dq, ColumnTarget? dk, ColumnTarget? dv)
    {
        using var at = new Operands();
        var task = TaskOf(shape) with
        {
            Q = Heads(at[q.Tensor], q, shape.Queries), K = Heads(at[k.Tensor], k, shape.Keys), V = Heads(at[v.Tensor], v, shape.Keys),
            Y = Heads(at[y], new ColumnRange(y, 0), shape.Queries), Saved = at[saved], SavedLength = saved.Length,
            DY = Heads(at[dy], new ColumnRange(dy, 0), shape.Queries),
        };
        if (dq is { } queries) task.DQ = Heads(at[queries.Target.Tensor], queries, shape.Queries);
        if (dk is { } keys) task.DK = Heads(at[keys.Target.Tensor], keys, shape.Keys);
        if (dv is { } values) task.DV = Heads(at[values.Target.Tensor], values, shape.Keys);
        Kernels.Attention.Backward(task);
    }

    static AttentionTask TaskOf(in AttentionShape shape) => new()
    {
        Batch = shape.Batch, Queries = shape.Queries, Keys = shape.Keys, HeadCount = shape.Heads, Dim = shape.Dim, Causal = shape.Causal,
        DropRate = shape.DropRate, Key = shape.DropKey,
    };

    static AttentionHeads Heads(float* first, ColumnRange x, int tokens) => new(first + x.Start, x.Tensor.Shape[-1], tokens, false);

    static AttentionHeads Heads(float* first, ColumnTarget d, int tokens) =>
        new(first + d.Start, d.Target.Tensor.Shape[-1], tokens, d.Target.Accumulate);
}
