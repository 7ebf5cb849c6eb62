namespace TinyJepa.Tests;

public sealed class ShapeTests
{
    [Fact]
    public void Shape_SpreadsIntoItsAxes()
    {
        Shape shape = [2, 3, 5];
        int[] spread = [7, .. shape];
        Assert.Equal([7, 2, 3, 5], spread);
    }

    [Fact]
    public void Shape_KnowsItsSizes()
    {
        Shape shape = [2, 3, 5];

        Assert.Equal(3, shape.Rank);
        Assert.Equal(30, shape.Elements);
        Assert.Equal([2, 3, 5], shape.ToArray());
        Assert.Equal((2, 5, 3), (shape[0], shape[-1], shape[-2]));
        Assert.Equal((2, 0), (shape.Axis(-1), shape.Axis(-3)));
        Assert.Equal("[2, 3, 5]", $"{shape}");
        Assert.Equal((1, 6, 15, 30), (shape.Product(1, 1), shape.Product(0, 2), shape.Product(1, 3), shape.Product(0, 3)));
    }

    [Fact]
    public void Scalar_HasNoAxesAndOneNumber()
    {
        Shape scalar = [];

        Assert.Equal((0, 1, "[]"), (scalar.Rank, scalar.Elements, $"{scalar}"));
        Assert.Equal(scalar, default);
        Assert.Equal(1, default(Shape).Elements);
        Assert.Equal(scalar.GetHashCode(), default(Shape).GetHashCode());
    }

    [Fact]
    public void Sizes_CanBeReplacedAndRemoved()
    {
        Shape shape = [2, 3, 5];

        Assert.Equal<Shape>([2, 3, 7], shape.WithLast(7));
        Assert.Equal<Shape>([2, 9, 5], shape.With(-2, 9));
        Assert.Equal<Shape>([3, 5], shape.Without(0));
        Assert.Equal<Shape>([2, 3], shape.Without(-1));
        Assert.Equal<Shape>([2, 3, 0], shape.WithLast(0));
        Assert.Equal(0, shape.WithLast(0).Elements);
        Assert.Equal<Shape>([2, 3, 5], shape);
    }

    [Fact]
    public void Equality_ComparesSizes()
    {
        Shape shape = [2, 3];

        Assert.True(shape == Shape.Create([2, 3]));
        Assert.True(shape != Shape.Create([3, 2]));
        Assert.True(shape != Shape.Create([1, 2, 3]));
        Assert.False(shape.Equals((object?)null));
        Assert.Equal(shape.GetHashCode(), Shape.Create([2, 3]).GetHashCode());
    }

    [Fact]
    public void IsSuffixOf_ComparesLastAxes()
    {
        Shape shape = [2, 3, 5];

        Assert.True(Shape.Create([3, 5]).IsSuffixOf(shape));
        Assert.True(Shape.Create([]).IsSuffixOf(shape));
        Assert.True(shape.IsSuffixOf(shape));
        Assert.False(Shape.Create([2, 3]).IsSuffixOf(shape));
        Assert.False(Shape.Create([1, 2, 3, 5]).IsSuffixOf(shape));
    }

    [Fact]
    public void Errors_SayWhatIsWrong()
    {
        Assert.Contains("[2, 3] has no axis 2", Assert.Throws<ArgumentOutOfRangeException>(() => Shape.Create([2, 3])[2]).Message, StringComparison.Ordinal);
        Assert.Contains("[2, 3] has no axis -3", Assert.Throws<ArgumentOutOfRangeException>(() => Shape.Create([2, 3])[-3]).Message, StringComparison.Ordinal);
        Assert.Contains("[] has no axis 0", Assert.Throws<ArgumentOutOfRangeException>(() => Shape.Create([])[0]).Message, StringComparison.Ordinal);
        Assert.Contains("at most 6 axes, not 7", Assert.Throws<ArgumentException>(() => Shape.Create([1, 1, 1, 1, 1, 1, 1])).Message, StringComparison.Ordinal);
        Assert.Contains("Axis 1 of a shape cannot have the size -1", Assert.Throws<ArgumentException>(() => Shape.Create([2, -1])).Message, StringComparison.Ordinal);
        Assert.Contains("at most 2147483647", Assert.Throws<ArgumentException>(() => Shape.Create([65536, 65536])).Message, StringComparison.Ordinal);
    }
}
