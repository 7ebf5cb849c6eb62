using TinyJepa.Data;

namespace TinyJepa.Tests.Data;

public sealed class SlidingWindowsTests
{
    /// <summary>Made anew: what is first touched inside a scope dies with it, static or not.</summary>
    static Tensor Table => Tensor.From([.. Enumerable.Range(0, 15).Select(i => (float)i)], [5, 3]);

    [Fact]
    public void Take_JoinsConsecutiveRows()
    {
        using var scope = Scope.Begin();
        var windows = new SlidingWindows(Table, 2);
        Assert.Equal(4, windows.Count);
        var batch = windows.Take([3, 0, 0]);
        Assert.Equal("[3, 6]", batch.Shape.ToString());
        Assert.Equal([9f, 10, 11, 12, 13, 14, 0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5], batch.ToArray());
    }

    [Fact]
    public void Take_CopiesTheTable()
    {
        using var scope = Scope.Begin();
        var table = Table;
        new SlidingWindows(table, 1).Take([2]).Span.Fill(-1f);
        Assert.Equal(6f, table.Span[6]);
    }

    [Theory]
    [InlineData(1, 5)]
    [InlineData(5, 1)]
    public void Count_IncludesOverlappingWindows(int length, int count)
    {
        using var scope = Scope.Begin();
        var windows = new SlidingWindows(Table, length);
        Assert.Equal(count, windows.Count);
        Assert.Equal($"[2, {3 * length}]", windows.Take([0, count - 1]).Shape.ToString());
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(4)]
    [InlineData(int.MinValue)]
    public void AWindow_ThatLeavesTheTable_IsRefused(int start)
    {
        var windows = new SlidingWindows(Table, 2);
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => windows.Take([0, start]));
        Assert.Contains($"none begins at row {start}", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(6)]
    public void ALength_FitsTheTable(int length) =>
        Assert.Contains("1 to 5", Assert.Throws<ArgumentOutOfRangeException>(() => new SlidingWindows(Table, length)).Message, StringComparison.Ordinal);

    [Fact]
    public void OnlyATable_HasWindows() =>
        Assert.Contains("[2, 3, 4]", Assert.Throws<ArgumentException>(() => new SlidingWindows(Tensor.Ones([2, 3, 4]), 1)).Message, StringComparison.Ordinal);
}
