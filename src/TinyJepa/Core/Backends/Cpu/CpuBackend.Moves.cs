using TinyJepa.Kernels;

namespace TinyJepa;

/// <summary>Elements that change their place only.</summary>
sealed unsafe partial class CpuBackend
{
    public override void CopyRows(Tensor x, int xStart, int xStride, Tensor y, int yStart, int yStride, int rows, int width, bool accumulate)
    {
        using var at = new Operands();
        var kernel = new Move.Rows(at[x] + xStart, xStride, at[y] + yStart, yStride, rows, width, accumulate);
        Cores.Run(kernel, Reduce.RowChunks(rows, width));
    }

    public override void Permute(Tensor x, ReadOnlySpan<int> axes, Tensor y, bool accumulate)
    {
        using var at = new Operands();
        var shape = x.Shape;
        Span<int> sizes = stackalloc int[Move.Permute.Axes], strides = stackalloc int[Move.Permute.Axes];
        sizes.Fill(1);
        strides.Clear();
        for (var i = 0; i < axes.Length; i++)
        {
            sizes[^(axes.Length - i)] = shape[axes[i]];
            strides[^(axes.Length - i)] = shape.Product(axes[i] + 1, shape.Rank);
        }

        var kernel = new Move.Permute(at[x], at[y], sizes, strides, accumulate);
        Cores.Run(kernel, kernel.Chunks);
    }

    public override void Gather(Tensor x, ReadOnlySpan<int> indices, int stride, int width, Tensor y)
    {
        using var at = new Operands();
        fixed (int* rows = indices)
            Cores.Run(new Move.Gather(at[x], rows, stride, width, at[y], indices.Length), Reduce.RowChunks(indices.Length, width));
    }

    public override void ScatterAdd(Tensor dy, ReadOnlySpan<int> indices, int stride, int width, Tensor dx)
    {
        using var at = new Operands();
        fixed (int* rows = indices)
        {
            var kernel = new Move.ScatterAdd(at[dy], rows, stride, width, at[dx], indices.Length);
            Cores.Run(kernel, kernel.Chunks);
        }
    }
}
