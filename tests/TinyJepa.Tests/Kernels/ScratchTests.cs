using TinyJepa.Kernels;

namespace TinyJepa.Tests;

[Collection(Machine.Name)]
public sealed unsafe class ScratchTests
{
    [Fact]
    public void Blocks_AreAligned_AndNeverShared()
    {
        var random = new Random(5);
        var rented = new List<(nint Block, int Floats)>();
        for (var round = 0; round < 3000; round++)
        {
            if (rented.Count < 12 && random.Next(2) == 0)
            {
                var floats = random.Next(1 << random.Next(1, 16));
                var block = Scratch.Rent(floats);
                Assert.True(block != null);
                Assert.Equal(0, (nint)block % 64);
                foreach (var (other, length) in rented)
                    Assert.False(block < (float*)other + length && (float*)other < block + floats, $"The block of {floats} floats overlaps one of {length}.");
                new Span<float>(block, floats).Fill(round);
                rented.Add(((nint)block, floats));
            }
            else if (rented.Count > 0)
            {
                var at = random.Next(rented.Count);
                var (block, floats) = rented[at];
                Assert.False(floats > 0 && new ReadOnlySpan<float>((float*)block, floats).ContainsAnyExcept(*(float*)block), "A rented block was overwritten.");
                Scratch.Return((float*)block);
                rented.RemoveAt(at);
            }
        }

        foreach (var (block, floats) in rented) Scratch.Return((float*)block);
    }
    [Theory]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    public void Block_Throws_ForANegativeSize(int floats)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => { using var block = new Scratch.Block(floats); });
        Assert.Throws<ArgumentOutOfRangeException>(() => Scratch.Rent(floats));
    }

    [Fact]
    public void Block_IsReturned_WhenItsScopeEnds()
    {
        float* first;
        using (var block = new Scratch.Block(5000)) first = block.Pointer;
        using var second = new Scratch.Block(5000);

        Assert.True(first == second.Pointer, "The block that was returned was not used again.");
    }

    /// <summary>Every kernel that rents memory and starts others: 10,000 runs cancelled at their start, then some cancelled between two chunks.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void CancelledKernels_ReturnTheirMemory(int threads)
    {
        const int atStart = 10_000;
        var later = Machine.IsSlow ? 26 : 1000;
        var kernels = Kernels();
        Machine.With(Simd.Limit, threads, () =>
        {
            foreach (var kernel in kernels) kernel();
            var (blocks, bytes) = (Scratch.Allocated, WorkingSet());
            for (var run = 0; run < atStart; run++)
                if (!IsCancelled(kernels[run % kernels.Length], spins: 0)) Assert.Fail($"Kernel {run % kernels.Length} ran to its end.");
            for (var run = 0; run < later; run++) IsCancelled(kernels[run % kernels.Length], 400 * (1 + run / kernels.Length % 8));

            Assert.InRange(Scratch.Allocated - blocks, 0, 100);                        // a worker may rent a size for the first time
            Assert.InRange(WorkingSet() - bytes, long.MinValue, 32 << 20);
            return true;
        });
    }

    /// <summary>Runs the kernel while another thread cancels it after some spinning, or with a token that is cancelled already.</summary>
    /// <returns>Whether the kernel was cancelled before its end.</returns>
    static bool IsCancelled(Action kernel, int spins)
    {
        using var source = new CancellationTokenSource();
        using var cancellation = Threads.CancelOn(source.Token);
        if (spins == 0) source.Cancel();
        else ThreadPool.UnsafeQueueUserWorkItem(static work =>
        {
            Thread.SpinWait(work.spins);
            try
            {
                work.source.Cancel();
            }
            catch (ObjectDisposedException)                                            // the kernel was faster
            {
            }
        }, (source, spins), preferLocal: false);

        try
        {
            kernel();
            return false;
        }
        catch (OperationCanceledException)
        {
            return true;
        }
    }

    static long WorkingSet()
    {
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        return process.WorkingSet64;
    }

    static Action[] Kernels()
    {
        Block a = Block.Random(1 << 17, 1), b = Block.Random(1 << 17, 2), c = new(1 << 17), d = new(1 << 17), e = Block.Random(1 << 17, 3, 0.5f, 1f);
        var blocked = new Gemm.Product
        {
            M = 96, N = 80, K = 80, A = a.Pointer, ARow = 80, AStep = 1, B = b.Pointer, BRow = 80, BTransposed = true, C = c.Pointer, CRow = 80,
        };
        var gathered = blocked with { ARow = 1, AStep = 96, BTransposed = false };
        var swapped = blocked with { M = 1600, N = 8, K = 48, ARow = 48, BRow = 8, BTransposed = false, CRow = 8 };
        var convolution = new Convolution
        {
            Batch = 4, Height = 12, Width = 12, Channels = 8, Outputs = 24, KernelHeight = 3, KernelWidth = 3, StrideY = 1, StrideX = 1, PaddingY = 1, PaddingX = 1,
        };
        var strided = convolution with { StrideY = 2, StrideX = 2, KernelHeight = 4, KernelWidth = 4 };
        return
        [
            () => Gemm.Run(blocked, new Identity()),
            () => Gemm.Run(gathered, new Identity()),
            () => Gemm.Run(swapped, new Identity()),
            () => Gemm.Run(blocked, new Identity(), batch: 6),
            () => ConvForward.Run(convolution, a.Pointer, b.Pointer, null, null, c.Pointer),
            () => ConvForward.Run(strided, a.Pointer, b.Pointer, null, e.Pointer, c.Pointer),
            () => ConvInputGradient.Run(convolution, b.Pointer, a.Pointer, c.Pointer, accumulate: false),
            () => ConvInputGradient.Run(strided, b.Pointer, a.Pointer, c.Pointer, accumulate: true),
            () => ConvWeightGradient.Run(convolution, a.Pointer, b.Pointer, c.Pointer, accumulate: false, null, false),
            () => ColumnMoments.Run(a.Pointer, 4, 512, 16, 512f, c.Pointer, d.Pointer),
            () => BatchNormalize.Run(a.Pointer, b.Pointer, e.Pointer, 1e-5f, b.Pointer, b.Pointer, c.Pointer, 512, 80),
            () => BatchNormalize.Backward(
                a.Pointer, b.Pointer, e.Pointer, 1e-5f, b.Pointer, b.Pointer, c.Pointer, false, d.Pointer, false, null, false, 512, 80),
            () => AttentionGradients(a, b, c, d),
        ];
    }

    /// <summary>Two pairs of 160 queries: few enough pairs for their queries to be cut into parts.</summary>
    static void AttentionGradients(Block a, Block b, Block c, Block d)
    {
        var task = new AttentionTask { Batch = 1, Queries = 160, Keys = 48, HeadCount = 2, Dim = 16 };
        AttentionHeads Heads(float* start, int tokens) => new(start, 32, tokens);
        task.Q = Heads(a.Pointer, 160);
        task.K = Heads(a.Pointer + 8192, 48);
        task.V = Heads(a.Pointer + 16384, 48);
        task.Y = Heads(b.Pointer, 160);
        task.DY = Heads(b.Pointer + 8192, 160);
        task.DQ = Heads(c.Pointer, 160);
        task.DK = Heads(c.Pointer + 8192, 48);
        task.DV = Heads(c.Pointer + 16384, 48);
        task.Saved = d.Pointer;
        task.SavedLength = Attention.Saved(task, trains: false);
        new Span<float>(d.Pointer, task.SavedLength).Clear();
        Attention.Backward(task);
    }
}
