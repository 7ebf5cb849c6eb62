using TinyJepa.Kernels;

namespace TinyJepa.Tests;

/// <summary>Every chunk runs exactly once, from any caller, on any number of threads, whatever the chunks throw.</summary>
[Collection(Machine.Name)]
public sealed unsafe class CoresTests
{
    [Fact]
    public void Chunks_RunExactlyOnce_UnderStress()
    {
        var random = new Random(2);
        for (var job = 0; job < 4000; job++)
        {
            Threads.Limit = job % 4 + 1;
            AssertOnce(random.Next(0, 100), random.Next(200));
            if (job % 500 == 0) Thread.Sleep(2);                                       // long enough for the workers to fall asleep
        }

        Threads.Limit = Environment.ProcessorCount;
    }

    [Fact]
    public void Chunks_RunExactlyOnce_ForCallersAtOnce()
    {
        Threads.Limit = 4;
        var errors = new System.Collections.Concurrent.ConcurrentQueue<Exception>();
        Thread[] callers = [.. Enumerable.Range(0, 3).Select(caller => new Thread(() =>
        {
            try
            {
                for (var job = 0; job < 1500; job++) AssertOnce(1 + job % 37, 50 * caller);
            }
            catch (Exception error)
            {
                errors.Enqueue(error);
            }
        }))];
        foreach (var caller in callers) caller.Start();
        foreach (var caller in callers) caller.Join();
        Threads.Limit = Environment.ProcessorCount;

        Assert.Empty(errors);
    }

    [Fact]
    public void Chunks_RunExactlyOnce_InsideAChunk()
    {
        Threads.Limit = 4;
        var counts = new int[8 * 16];
        for (var job = 0; job < 200; job++)
        {
            Array.Clear(counts);
            fixed (int* count = counts) Cores.Run(new Nest(count, 16), 8);
            Assert.All(counts, count => Assert.Equal(1, count));
        }

        Threads.Limit = Environment.ProcessorCount;
    }

    [Fact]
    public void Threads_DivideTheWork_WhenChunksAreLong()
    {
        Threads.Limit = 2;
        var threads = new int[64];
        for (var tries = 0; tries < 20 && threads.Distinct().Count() < 2; tries++)
            fixed (int* thread = threads) Cores.Run(new WhoRuns(thread), threads.Length);
        Threads.Limit = Environment.ProcessorCount;

        Assert.Equal(2, threads.Distinct().Count());
    }

    [Fact]
    public void Exception_ReachesTheCaller_AndLeavesThePoolUsable()
    {
        foreach (var limit in (int[])[1, 2, 4])
        {
            Threads.Limit = limit;
            for (var job = 0; job < 100; job++)
            {
                var error = Assert.Throws<InvalidOperationException>(() => Cores.Run(new Fail(job % 20), 20));
                Assert.Equal($"chunk {job % 20}", error.Message);
                AssertOnce(20, 10);
            }
        }

        Threads.Limit = Environment.ProcessorCount;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void Cancellation_EndsAKernel_AndLeavesThePoolUsable(int threads)
    {
        Threads.Limit = threads;
        for (var job = 0; job < 50; job++)
        {
            using var source = new CancellationTokenSource();
            using (Threads.CancelOn(source.Token))
            {
                s_source = source;
                var counts = new int[400];
                Assert.Throws<OperationCanceledException>(() => { fixed (int* count = counts) Cores.Run(new CancelAt(count, 7), counts.Length); });
                Assert.InRange(counts.Sum(), 8 - (threads - 1), 8 + (threads - 1));
                Assert.Throws<OperationCanceledException>(() => { fixed (int* count = counts) Cores.Run(new Count(count, 1), counts.Length); });

                var whole = new int[400];
                fixed (int* count = whole) Cores.Complete(new Count(count, 1), whole.Length);
                Assert.Equal(400, whole.Sum());
            }

            AssertOnce(20, 10);
        }

        Threads.Limit = Environment.ProcessorCount;
    }

    [Fact]
    public void Cancellation_LeavesWeightsWhole()
    {
        var p = new TinyJepa.Nn.Parameters(seed: 1);
        var w = p.Create("w", [200_000], TinyJepa.Nn.Init.One);
        var adam = new TinyJepa.Optim.Adam(p) { LearningRate = 0.5f };
        using var source = new CancellationTokenSource();
        using var cancellation = Threads.CancelOn(source.Token);
        using var tape = Tape.Begin();
        tape.Backward(w.Sum());
        source.Cancel();
        adam.Step();

        Assert.All(w.ToArray(), x => Assert.Equal(0.5f, x, 1e-5f));
        Assert.Throws<OperationCanceledException>(() => { w.Square(); });
    }

    [Fact]
    public void Limit_Throws_BelowOne() => Assert.Throws<ArgumentOutOfRangeException>(() => Threads.Limit = 0);

    static void AssertOnce(int chunks, int work)
    {
        var counts = new int[chunks];
        fixed (int* count = counts) Cores.Run(new Count(count, work), chunks);
        for (var i = 0; i < chunks; i++)
            if (counts[i] != 1) Assert.Fail($"Chunk {i} of {chunks} ran {counts[i]} times.");
    }

    readonly struct Count(int* counts, int work) : IKernel
    {
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            Thread.SpinWait(work);
            Interlocked.Increment(ref counts[chunk]);
        }
    }

    static CancellationTokenSource s_source = new();

    /// <remarks>Later chunks wait for the cancellation: else workers could finish them all while the cancelling thread is descheduled.</remarks>
    readonly struct CancelAt(int* counts, int at) : IKernel
    {
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            while (chunk > at && !s_source.IsCancellationRequested) Thread.Yield();
            Interlocked.Increment(ref counts[chunk]);
            if (chunk == at) s_source.Cancel();
        }
    }

    readonly struct Nest(int* counts, int inner) : IKernel
    {
        public void Run<V>(int chunk) where V : struct, ILanes<V> => Cores.Run(new Count(counts + chunk * inner, 20), inner);
    }

    readonly struct WhoRuns(int* threads) : IKernel
    {
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            Thread.SpinWait(20_000);
            threads[chunk] = Environment.CurrentManagedThreadId;
        }
    }

    readonly struct Fail(int at) : IKernel
    {
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            if (chunk == at) throw new InvalidOperationException($"chunk {chunk}");
        }
    }
}
