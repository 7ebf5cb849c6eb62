using TinyJepa.Data;

namespace TinyJepa.Tests.Data;

public sealed class BatchesTests
{
    [Theory]
    [InlineData(12, 4)]
    [InlineData(13, 4)]
    [InlineData(5, 5)]
    [InlineData(1, 1)]
    public void Next_GoesThroughAPermutation_EveryEpoch(int count, int batch)
    {
        var batches = new Batches(count, batch, new Rng(1));
        var orders = new HashSet<string>();
        for (var epoch = 0; epoch < 20; epoch++)
        {
            var seen = new List<int>();
            for (var i = 0; i < count / batch; i++) seen.AddRange(batches.Next().ToArray());
            Assert.Equal(count / batch * batch, seen.Count);
            Assert.Equal(seen.Count, seen.Distinct().Count());
            Assert.All(seen, index => Assert.InRange(index, 0, count - 1));
            orders.Add(string.Join(' ', seen));
        }

        if (count > 4) Assert.True(orders.Count > 10, $"20 epochs had only {orders.Count} orders.");
    }

    /// <summary>What an epoch drops must not always be the same.</summary>
    [Fact]
    public void Next_LetsEveryExampleComeEquallyOften()
    {
        var (batches, times) = (new Batches(7, 3, new Rng(2)), new int[7]);
        for (var i = 0; i < 2 * 7000; i++)
            foreach (var index in batches.Next().Span) times[index]++;
        Assert.All(times, n => Assert.InRange(n, 6000 - 300, 6000 + 300));
    }

    [Fact]
    public void Draw_IsUniform_AndMayRepeat()
    {
        var (batches, times, repeats) = (new Batches(10, 5, new Rng(3)), new int[10], 0);
        for (var i = 0; i < 20_000; i++)
        {
            var batch = batches.Draw().ToArray();
            Assert.Equal(5, batch.Length);
            if (batch.Distinct().Count() < 5) repeats++;
            foreach (var index in batch) times[index]++;
        }

        Assert.All(times, n => Assert.InRange(n, 10_000 - 500, 10_000 + 500));
        // No repeat among 5 of 10: 10·9·8·7·6/10⁵.
        Assert.InRange(repeats / 20_000.0, 0.6976 - 0.02, 0.6976 + 0.02);
    }

    [Fact]
    public void Batches_DependOnTheStreamOnly()
    {
        Batches a = new(9, 2, new Rng(4)), b = new(9, 2, new Rng(4)), c = new(9, 2, new Rng(5));
        string Ten(Batches batches) => string.Join(' ', Enumerable.Range(0, 10).SelectMany(_ => batches.Next().ToArray()));
        var first = Ten(a);
        Assert.Equal(first, Ten(b));
        Assert.NotEqual(first, Ten(c));
    }

    [Theory]
    [InlineData(10, 0)]
    [InlineData(10, -1)]
    [InlineData(0, 1)]
    public void ABatch_NeedsAnExample(int count, int batch) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new Batches(count, batch, new Rng(1)));

    [Fact]
    public void ALargeBatch_IsDrawnWithRepeats_ButNoEpochHasOne()
    {
        var batches = new Batches(10, 11, new Rng(1));
        Assert.Equal(11, batches.Draw().Length);
        Assert.Contains("10 examples", Assert.Throws<InvalidOperationException>(() => batches.Next()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AStream_IsNeeded() => Assert.Throws<ArgumentNullException>(() => new Batches(3, 1, null!));
}
