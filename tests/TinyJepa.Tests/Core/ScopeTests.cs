namespace TinyJepa.Tests;

public sealed class ScopeTests
{
    [Fact]
    public void Tensor_DiesWithItsScope_AndSaysHowToKeepIt()
    {
        Tensor x;
        using (Scope.Begin()) x = Tensor.Ones([2]);

        Assert.False(x.IsAlive);
        var error = Assert.Throws<ObjectDisposedException>(() => x.ToArray());
        Assert.Contains("scope.Keep(tensor)", error.Message, StringComparison.Ordinal);
        Assert.Throws<ObjectDisposedException>(() => x.Shape);
        Assert.Throws<ObjectDisposedException>(() => Tensor.Ones([2]) + x);
        Assert.Throws<ObjectDisposedException>(() => x.Reshape([1, 2]));
        Assert.Throws<ObjectDisposedException>(() => x.Span[0]);
    }

    [Fact]
    public void Tensor_StaysDead_WhenItsMemoryServesAgain()
    {
        Tensor x;
        Node node;
        using (Scope.Begin()) node = (x = Tensor.Ones([2])).Node;
        using var scope = Scope.Begin();
        var y = Tensor.Zeros([2]);

        Assert.Same(node, y.Node);
        Assert.False(x.IsAlive);
        Assert.True(y.IsAlive);
    }

    [Fact]
    public void Memory_ServesTheNextScope()
    {
        Storage first, second;
        using (Scope.Begin()) first = Tensor.Ones([1000]).Node.Storage;
        using (Scope.Begin()) second = Tensor.Ones([1000]).Node.Storage;

        Assert.Same(first, second);
    }

    [Fact]
    public void Keep_LetsATensorOutliveAllScopes()
    {
        Tensor kept;
        using (var scope = Scope.Begin()) kept = scope.Keep(Tensor.Full([100], 7f));
        Overwrite(100);

        Assert.All(kept.ToArray(), v => Assert.Equal(7f, v));
    }

    [Fact]
    public void Keep_MovesOneScopeOutwards()
    {
        Tensor inner, outer;
        using (var around = Scope.Begin())
        {
            using (var scope = Scope.Begin())
            {
                inner = scope.Keep(Tensor.Full([100], 1f));
                outer = scope.Keep(Tensor.Full([100], 2f));
            }

            Overwrite(100);
            Assert.Equal(1f, inner.Span[99]);
            outer = around.Keep(outer);
        }

        Overwrite(100);
        Assert.False(inner.IsAlive);
        Assert.All(outer.ToArray(), v => Assert.Equal(2f, v));
    }

    [Fact]
    public void Keep_OfAView_KeepsItsMemory()
    {
        Tensor view;
        using (var around = Scope.Begin())
        {
            using (var scope = Scope.Begin())
            {
                var x = Tensor.From([.. Enumerable.Range(0, 100).Select(i => (float)i)], [50, 2]);
                view = scope.Keep(x.Rows(10, 3));
            }

            Overwrite(100);
            Assert.Equal([20, 21, 22, 23, 24, 25], view.ToArray());
            view = around.Keep(view);
        }

        Overwrite(100);
        Assert.Equal([20, 21, 22, 23, 24, 25], view.ToArray());
    }

    [Fact]
    public void Keep_OfABase_LeavesItsViewsBehind()
    {
        Tensor kept, view;
        using (var scope = Scope.Begin())
        {
            kept = Tensor.Full([100], 3f);
            view = kept.Reshape([10, 10]);
            scope.Keep(kept);
            Assert.Equal(3f, view.Span[99]);
        }

        Overwrite(100);
        Assert.False(view.IsAlive);
        Assert.All(kept.ToArray(), v => Assert.Equal(3f, v));
    }

    [Fact]
    public void Keep_OfBoth_SharesOneMemory()
    {
        Tensor kept, view;
        using (var around = Scope.Begin())
        {
            using (var scope = Scope.Begin())
            {
                kept = scope.Keep(Tensor.Full([100], 3f));
                view = scope.Keep(kept.Rows(50, 50));
            }

            Overwrite(100);
            view.Span[0] = 4f;
            Assert.Equal(4f, kept.Span[50]);
        }

        Assert.False(kept.IsAlive || view.IsAlive);
    }

    [Fact]
    public void Keep_OfATensorFromOutside_ChangesNothing()
    {
        var x = Tensor.Ones([3]);
        using (var scope = Scope.Begin()) Assert.Equal(x.Node, scope.Keep(x).Node);
        Assert.True(x.IsAlive);
    }

    [Fact]
    public void View_OfATensorFromOutside_DiesAlone()
    {
        var x = Tensor.Full([100], 5f);
        Tensor view;
        using (Scope.Begin()) view = x.Rows(0, 10);
        Overwrite(100);

        Assert.False(view.IsAlive);
        Assert.All(x.ToArray(), v => Assert.Equal(5f, v));
    }

    [Fact]
    public void Dispose_EndsTheScopesInside()
    {
        var outer = Scope.Begin();
        var inner = Scope.Begin();
        var x = Tensor.Ones([2]);
        outer.Dispose();
        Assert.False(x.IsAlive);

        using var next = Scope.Begin();
        var y = Tensor.Ones([2]);
        inner.Dispose();
        outer.Dispose();
        Assert.True(y.IsAlive);                                                       // handles of ended scopes end nothing else
    }

    [Fact]
    public void Exception_EndsTheScope()
    {
        var x = default(Tensor);
        Assert.Throws<ArgumentException>(() =>
        {
            using var scope = Scope.Begin();
            x = Tensor.Ones([2]);
            x.Reshape([3]);
        });

        Assert.False(x.IsAlive);
        Assert.Null(Arena.Current);
    }

    [Fact]
    public void Scope_IsOfItsThread()
    {
        using var scope = Scope.Begin();
        var mine = Tensor.Full([100], 1f);
        var theirs = default(Tensor);
        var (alive, sum) = (false, 0f);
        var thread = new Thread(() =>
        {
            Assert.Null(Arena.Current);
            using (Scope.Begin())
            {
                theirs = Tensor.Full([100], 2f);
                alive = mine.IsAlive;
                sum = (mine + theirs).Sum().Item;
            }
        });
        thread.Start();
        thread.Join();

        Assert.True(alive);
        Assert.Equal(300f, sum);
        Assert.True(mine.IsAlive);
        Assert.False(theirs.IsAlive);
    }

    /// <summary>Counting the views of a block is not for several threads; blocks that belong to no scope must not be counted.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Views_FromManyThreads_LeaveTheTensorAlone(bool insideAScope)
    {
        using var scope = insideAScope ? Scope.Begin() : default;
        var shared = Tensor.Full([256], 1f);
        var windows = shared.Node.Storage.References;
        Thread[] threads = [.. Enumerable.Range(0, 4).Select(number => new Thread(() =>
        {
            for (var i = 0; i < 4000; i++)
            {
                using var inner = Scope.Begin();
                for (var view = 0; view < 50; view++) _ = shared.Rows(0, 128);
                Tensor.Empty([256]).Span.Fill(number + 2);
            }
        }))];
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        Overwrite(256);

        Assert.Equal(windows, shared.Node.Storage.References);
        Assert.All(shared.ToArray(), v => Assert.Equal(1f, v));
    }

    /// <summary>Scopes opened and closed, tensors and views made and kept at random: a living tensor's numbers never change.</summary>
    [Fact]
    public void LivingTensors_NeverShareMemory()
    {
        var random = new Random(8);
        for (var round = 0; round < 200; round++) Nest(random, 0, []);

        static void Nest(Random random, int depth, List<(Tensor Tensor, float Value)> outer)
        {
            using var scope = Scope.Begin();
            List<(Tensor Tensor, float Value)> mine = [];
            for (var step = 0; step < 12; step++)
            {
                switch (random.Next(5))
                {
                    case 0 or 1:
                        var value = random.NextSingle();
                        mine.Add((Tensor.Full([8 * random.Next(1, 30), 2], value), value));
                        break;
                    case 2 when mine.Count > 0:
                        var (x, v) = mine[random.Next(mine.Count)];
                        var rows = random.Next(1, x.Shape[0] + 1);
                        mine.Add((x.Rows(x.Shape[0] - rows, rows), v));
                        break;
                    case 3 when mine.Count > 0:
                        var at = random.Next(mine.Count);
                        outer.Add((scope.Keep(mine[at].Tensor), mine[at].Value));
                        mine.RemoveAt(at);
                        break;
                    case 4 when depth < 4:
                        Nest(random, depth + 1, mine);
                        break;
                }

                foreach (var (tensor, value) in mine.Concat(outer))
                    if (tensor.Span.ContainsAnyExcept(value)) Assert.Fail($"A tensor of {value} holds {tensor}.");
            }
        }
    }

    /// <summary>Takes the blocks that ended scopes gave back, and fills them.</summary>
    static void Overwrite(int length)
    {
        using var scope = Scope.Begin();
        for (var i = 0; i < 10; i++) _ = Tensor.Full([length], -99f);
    }
}
