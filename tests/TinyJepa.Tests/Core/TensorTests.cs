using System.Numerics.Tensors;

namespace TinyJepa.Tests;

public sealed class TensorTests
{
    /// <summary>A debugger that shows a parameter must not keep an optimiser from laying it out.</summary>
    [Fact]
    public void ToString_LeavesAParameterFreeToMove()
    {
        var p = new TinyJepa.Nn.Parameters();
        Assert.Equal("Tensor [3] { 1, 1, 1 }", p.Create("w", [3], TinyJepa.Nn.Init.One).ToString());
        Assert.Equal(1, new TinyJepa.Optim.Adam(p) { LearningRate = 1f }.LearningRate);
    }

    [Fact]
    public void From_AndToArray_KeepNumbersAndShape()
    {
        var x = Tensor.From([1, 2, 3, 4, 5, 6], [2, 3]);

        Assert.Equal<Shape>([2, 3], x.Shape);
        Assert.Equal(6, x.Length);
        Assert.Equal([1, 2, 3, 4, 5, 6], x.ToArray());
        Assert.Equal<Shape>([2], Tensor.From([7, 8]).Shape);
        Assert.True(x.IsAlive);
        Assert.Contains("[2, 3] holds 6 elements, but 2 values were given", Assert.Throws<ArgumentException>(() => Tensor.From([1, 2], [2, 3])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Constants_FillTheShape()
    {
        Assert.Equal([0, 0, 0], Tensor.Zeros([3]).ToArray());
        Assert.Equal([1, 1], Tensor.Ones([1, 2]).ToArray());
        Assert.Equal([2.5f, 2.5f], Tensor.Full([2], 2.5f).ToArray());
        Assert.Equal<Shape>([], Tensor.Scalar(3f).Shape);
        Assert.Equal(3f, Tensor.Scalar(3f).Item);
        Assert.Empty(Tensor.Zeros([3, 0]).ToArray());
    }

    [Fact]
    public void Item_ReadsOneNumber_AndNamesTheShapeOtherwise()
    {
        Assert.Equal(4f, Tensor.From([4], [1, 1]).Item);
        Assert.Contains("the shape is [2, 2]", Assert.Throws<InvalidOperationException>(() => Tensor.Zeros([2, 2]).Item).Message, StringComparison.Ordinal);
        Assert.Contains("the shape is [0]", Assert.Throws<InvalidOperationException>(() => Tensor.Zeros([0]).Item).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CopyTo_NeedsRoom()
    {
        var values = new float[5];
        Tensor.From([1, 2, 3]).CopyTo(values);

        Assert.Equal([1, 2, 3, 0, 0], values);
        Assert.Contains("[3]", Assert.Throws<ArgumentException>(() => Tensor.From([1, 2, 3]).CopyTo(new float[2])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Span_IsTheTensorsMemory()
    {
        var x = Tensor.Zeros([2, 2]);
        x.Span[3] = 9;

        Assert.Equal([0, 0, 0, 9], x.ToArray());
        Assert.Equal([0, 9], x.Rows(1, 1).ToArray());
    }

    [Fact]
    public void TensorSpans_GoBothWays()
    {
        foreach (var shape in (Shape[])[[2, 3], [6], [1, 1, 2, 1, 3, 1], [2, 0, 3]])
        {
            var values = Enumerable.Range(1, shape.Elements).Select(i => (float)i).ToArray();
            var x = Tensor.From(values, shape);
            var view = x.AsTensorSpan();

            Assert.Equal(shape.ToArray().Select(size => (nint)size), view.Lengths.ToArray());
            var back = Tensor.From(view);
            Assert.Equal(shape, back.Shape);
            Assert.Equal(values, back.ToArray());
        }
    }

    [Fact]
    public void AsTensorSpan_OfAScalar_HasOneAxis() => Assert.Equal(7f, Tensor.From(Tensor.Scalar(7f).AsTensorSpan()).Item);

    /// <summary>A tensor span may be a window with gaps; the tensor is dense.</summary>
    [Fact]
    public void From_PacksAWindow()
    {
        var span = new ReadOnlyTensorSpan<float>(Enumerable.Range(0, 12).Select(i => (float)i).ToArray(), [3, 4]);
        var window = Tensor.From(span[1..3, 1..3]);

        Assert.Equal<Shape>([2, 2], window.Shape);
        Assert.Equal([5, 6, 9, 10], window.ToArray());
    }

    [Fact]
    public void AsTensorSpan_IsAView()
    {
        var x = Tensor.From([1, 2, 3, 4], [2, 2]);
        var view = x.AsTensorSpan();
        x.Span[2] = 30;

        Assert.Equal(30, view[1, 0]);
        Assert.Equal(37, System.Numerics.Tensors.Tensor.Sum(view));
    }

    [Fact]
    public void Clone_CopiesAndDetach_Shares()
    {
        var x = Tensor.From([1, -0f, float.Epsilon, float.NaN, float.PositiveInfinity]);
        var (copy, same) = (x.Clone(), x.Detach());
        Expect.Bits(x.ToArray(), copy.ToArray(), "clone");
        x.Span[0] = 5;

        Assert.Equal((1f, 5f), (copy.Span[0], same.Span[0]));
    }

    [Fact]
    public void Views_ShareMemory()
    {
        var x = Tensor.From([0, 1, 2, 3, 4, 5], [3, 2]);
        var view = x.Rows(1, 2).Reshape([4]).Rows(1, 2);
        view.Span[0] = 30;

        Assert.Equal([30, 4], view.ToArray());
        Assert.Equal([0, 1, 2, 30, 4, 5], x.ToArray());
    }

    [Fact]
    public void ToString_ShowsShapeAndFirstNumbers()
    {
        Assert.Equal("Tensor [2] { 1, 0.5 }", $"{Tensor.From([1, 0.5f])}");
        Assert.Equal("Tensor [9] { 0, 0, 0, 0, 0, 0, 0, 0, … }", $"{Tensor.Zeros([9])}");
        Assert.Equal("Tensor (dead)", $"{default(Tensor)}");
    }

    [Fact]
    public void DefaultTensor_SaysThatItWasNeverMade()
    {
        Assert.False(default(Tensor).IsAlive);
        Assert.Contains("never made", Assert.Throws<ObjectDisposedException>(() => default(Tensor).Shape).Message, StringComparison.Ordinal);
        Assert.Contains("never made", Assert.Throws<ObjectDisposedException>(() => Tensor.Ones([1]).Add(default)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Memory_StartsOnACacheLine()
    {
        foreach (var length in (int[])[1, 17, 1000, 100_003])
            unsafe
            {
                fixed (float* first = Tensor.Zeros([length]).Span) Assert.Equal(0, (nint)first % 64);
            }
    }
}
