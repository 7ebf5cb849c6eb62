using TinyJepa.Kernels;

namespace TinyJepa.Tests;

/// <summary>Copies and their gradients, element by element.</summary>
public sealed unsafe class MoveTests
{
    public static TheoryData<int> Widths => [.. ElementwiseTests.Sizes];

    [Theory]
    [MemberData(nameof(Widths))]
    public void Rows_MoveBetweenDistances(int width)
    {
        const int rows = 5;
        foreach (var accumulate in (bool[])[false, true])
        {
            var (x, y) = (Block.Random(rows * (width + 3), 1), Block.Random(rows * (width + 2), 2));
            var expected = y.Span.ToArray();
            for (var row = 0; row < rows; row++)
                for (var i = 0; i < width; i++)
                    expected[row * (width + 2) + i] = x.Span[row * (width + 3) + i] + (accumulate ? expected[row * (width + 2) + i] : 0f);
            Cores.Run(new Move.Rows(x.Pointer, width + 3, y.Pointer, width + 2, rows, width, accumulate), Reduce.RowChunks(rows, width));
            Expect.Bits(expected, y.Result(), $"width {width}, accumulate {accumulate}");
        }
    }

    /// <summary>A distance other than the width makes windows: overlapping ones, or ones with gaps.</summary>
    [Theory]
    [MemberData(nameof(Widths))]
    public void Gather_CopiesWindows(int width)
    {
        int[] indices = [3, 0, 3, 1, 6, 6];
        foreach (var stride in (int[])[width, width + 5, (width + 1) / 2])
        {
            var (x, y) = (Block.Random(6 * stride + width, 1), new Block(indices.Length * width));
            fixed (int* rows = indices)
                Cores.Run(new Move.Gather(x.Pointer, rows, stride, width, y.Pointer, indices.Length), Reduce.RowChunks(indices.Length, width));
            Expect.Bits([.. indices.SelectMany(row => x.Span.Slice(row * stride, width).ToArray())], y.Result(), $"width {width}, distance {stride}");
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void ScatterAdd_AddsInTheOrderOfTheRows(int width)
    {
        int[] indices = [3, 0, 3, 1, 6, 6];
        foreach (var stride in (int[])[width, width + 5, (width + 1) / 2])
        {
            var (dy, dx) = (Block.Random(indices.Length * width, 1), Block.Random(6 * stride + width, 2));
            var expected = dx.Span.ToArray();
            for (var i = 0; i < indices.Length; i++)
                for (var j = 0; j < width; j++)
                    expected[indices[i] * stride + j] += dy.Span[i * width + j];
            fixed (int* rows = indices)
            {
                var kernel = new Move.ScatterAdd(dy.Pointer, rows, stride, width, dx.Pointer, indices.Length);
                Cores.Run(kernel, kernel.Chunks);
            }

            Expect.Bits(expected, dx.Result(), $"width {width}, distance {stride}");
        }
    }

    [Fact]
    public void Permute_PutsAxesInOrder_OrAdds()
    {
        int[] sizes = [2, 3, 1, 5, 4, 67], order = [4, 0, 5, 3, 1, 2];
        int[] strides = [.. sizes.Select((_, axis) => sizes[(axis + 1)..].Aggregate(1, (product, size) => product * size))];
        int[] targetSizes = [.. order.Select(axis => sizes[axis])], targetStrides = [.. order.Select(axis => strides[axis])];
        var length = sizes.Aggregate(1, (product, size) => product * size);
        foreach (var accumulate in (bool[])[false, true])
        {
            var (x, y) = (Block.Random(length, 1), Block.Random(length, 2));
            var expected = y.Span.ToArray();
            for (var i = 0; i < length; i++)
            {
                var source = 0;
                for (int axis = 5, rest = i; axis >= 0; rest /= targetSizes[axis--]) source += rest % targetSizes[axis] * targetStrides[axis];
                expected[i] = x.Span[source] + (accumulate ? expected[i] : 0f);
            }

            var kernel = new Move.Permute(x.Pointer, y.Pointer, targetSizes, targetStrides, accumulate);
            Cores.Run(kernel, kernel.Chunks);
            Expect.Bits(expected, y.Result(), $"accumulate {accumulate}");
        }
    }
}
