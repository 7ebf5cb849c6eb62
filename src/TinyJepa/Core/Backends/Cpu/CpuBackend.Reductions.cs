using TinyJepa.Kernels;

namespace TinyJepa;

/// <summary>Sums and moments along an axis, and their opposite.</summary>
sealed unsafe partial class CpuBackend
{
    public override void Sum(Tensor x, int outer, int axis, int inner, float scale, Tensor y, bool accumulate)
    {
        using var at = new Operands();
        float* px = at[x], py = at[y];
        if (outer == 1 && NarrowSum.Serves(axis, inner)) SumNarrowColumns(px, axis, inner, scale, py, accumulate);
        else if (inner != 1) Cores.Run(new Reduce.SumColumns(px, py, scale, accumulate, axis, inner), Reduce.ColumnChunks(outer, inner));
        else if (axis <= Reduce.Block) Cores.Run(new Reduce.SumRows(px, py, scale, accumulate, outer, axis), Reduce.RowChunks(outer, axis));
        else SumLongRows(px, outer, axis, scale, py, accumulate);
    }

    static void SumLongRows(float* x, int rows, int width, float scale, float* y, bool accumulate)
    {
        var blocks = Reduce.Blocks(width);
        using var partial = new Scratch.Block(blocks);
        for (var row = 0; row < rows; row++)
        {
            Cores.Run(new Reduce.SumBlocks(x + (long)row * width, partial.Pointer, width), blocks);
            Cores.Run(new Reduce.SumRows(partial.Pointer, y + row, scale, accumulate, 1, blocks), 1);
        }
    }

    static void SumNarrowColumns(float* x, int rows, int columns, float scale, float* y, bool accumulate)
    {
        var sum = new NarrowSum(x, rows, columns);
        using var partial = new Scratch.Block(sum.Floats);
        Cores.Run(sum with { Partial = partial.Pointer }, sum.Chunks);
        (sum with { Partial = partial.Pointer }).Fold(y, scale, accumulate);
    }

    public override void Broadcast(Tensor x, int outer, int axis, int inner, float scale, Tensor y, bool accumulate)
    {
        using var at = new Operands();
        Cores.Run(new Reduce.Broadcast(at[x], at[y], scale, accumulate, outer, axis, inner), Elementwise.Chunks(y.Length));
    }

    public override void Variance(Tensor x, int outer, int axis, int inner, float divisor, Tensor mean, Tensor variance)
    {
        using var at = new Operands();
        if (inner == 1) Cores.Run(new Reduce.Variance(at[x], at[mean], at[variance], divisor, outer, axis), Reduce.VarianceChunks(outer));
        else ColumnMoments.Run(at[x], outer, axis, inner, divisor, at[mean], at[variance]);
    }

    public override void VarianceBackward(Tensor x, Tensor mean, Tensor dy, int outer, int axis, int inner, float divisor, GradientTarget dx)
    {
        using var at = new Operands();
        var kernel = new Reduce.VarianceBackward(at[x], at[mean], at[dy], at[dx.Tensor], 2f / divisor, dx.Accumulate, outer, axis, inner);
        Cores.Run(kernel, Reduce.RowChunks(outer * axis, inner));
    }
}
