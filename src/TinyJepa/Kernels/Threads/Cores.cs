using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace TinyJepa.Kernels;

/// <summary>Distributes the chunks of a kernel over threads. The chunks, and so the bits of the result, depend on the shape only.</summary>
/// <remarks>
/// The caller works too and takes every chunk that no worker has started, so a descheduled worker delays at most one chunk.
/// Workers spin for some microseconds after a job, then sleep. A second caller, or a kernel inside a kernel, runs its chunks itself.
/// </remarks>
static unsafe class Cores
{
    const int SpinRounds = 2000;                       // about 50 µs of pauses: the gap between two kernels of a training step
    const long Closed = int.MaxValue;                  // a ticket that no worker may claim

    static readonly Lock Gate = new();
    static readonly SemaphoreSlim WakeUp = new(0);
    static int _limit = Math.Max(1, Environment.ProcessorCount);
    static int _workers, _sleeping, _busy;

    // The job. Only the holder of _busy writes it, and only while the ticket is closed.
    static delegate*<void*, int, void> _run;
    static void* _kernel;
    static int _chunks, _done;
    static long _ticket = Closed;                      // generation in the upper half, next chunk in the lower
    static ExceptionDispatchInfo? _error;
    static CancellationToken _stop;

    [ThreadStatic]
    static CancellationToken _cancellation;            // of the kernels that this thread starts

    /// <summary>How many threads a kernel may use, the caller's included. Default: the processors of this machine.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    internal static int Limit
    {
        get => _limit;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            _limit = value;
        }
    }

    /// <summary>From now on the kernels that this thread starts end with the token's cancellation.</summary>
    /// <returns>The token that was watched before.</returns>
    internal static CancellationToken Watch(CancellationToken token)
    {
        var before = _cancellation;
        _cancellation = token;
        return before;
    }

    /// <summary>Runs all chunks of the kernel and returns when the last is done.</summary>
    /// <exception cref="OperationCanceledException">The token of <see cref="Watch"/> was cancelled; some chunks did not run.</exception>
    internal static void Run<K>(in K kernel, int chunks) where K : unmanaged, IKernel => Run(kernel, chunks, _cancellation);

    /// <summary>The same without cancellation, for work that must not be left half done.</summary>
    internal static void Complete<K>(in K kernel, int chunks) where K : unmanaged, IKernel => Run(kernel, chunks, CancellationToken.None);

    static void Run<K>(in K kernel, int chunks, CancellationToken stop) where K : unmanaged, IKernel
    {
        if (chunks <= 1 || _limit <= 1 || Interlocked.CompareExchange(ref _busy, 1, 0) != 0)
        {
            for (var chunk = 0; chunk < chunks; chunk++)
            {
                stop.ThrowIfCancellationRequested();
                Simd.Run(in kernel, chunk);
            }

            return;
        }

        try
        {
            _stop = stop;
            fixed (K* pointer = &kernel) Dispatch(&Invoke<K>, pointer, chunks);
            stop.ThrowIfCancellationRequested();
        }
        finally
        {
            Volatile.Write(ref _busy, 0);
        }
    }

    static void Invoke<K>(void* kernel, int chunk) where K : unmanaged, IKernel => Simd.Run(in *(K*)kernel, chunk);

    static void Dispatch(delegate*<void*, int, void> run, void* kernel, int chunks)
    {
        var helpers = Math.Min(_limit, chunks) - 1;
        if (_workers < helpers) StartWorkers(helpers);

        var generation = (_ticket & ~(long)uint.MaxValue) + (1L << 32);
        _run = run;
        _kernel = kernel;
        _chunks = chunks;
        _error = null;
        Volatile.Write(ref _done, 0);
        Interlocked.Exchange(ref _ticket, generation);
        var asleep = Math.Min(Volatile.Read(ref _sleeping), helpers);
        if (asleep > 0) WakeUp.Release(asleep);

        while (Claim(out var chunk)) Work(chunk);
        var spin = new SpinWait();
        while (Volatile.Read(ref _done) < chunks) spin.SpinOnce(sleep1Threshold: -1);
        Interlocked.Exchange(ref _ticket, generation | Closed);
        _error?.Throw();
    }

    /// <summary>Takes the next chunk of the open job. The exchange fails if the job changed since the ticket was read.</summary>
    static bool Claim(out int chunk)
    {
        while (true)
        {
            var ticket = Volatile.Read(ref _ticket);
            chunk = (int)ticket;
            if (chunk == (int)Closed || chunk >= Volatile.Read(ref _chunks)) return false;
            if (Interlocked.CompareExchange(ref _ticket, ticket + 1, ticket) == ticket) return true;
        }
    }

    static void Work(int chunk)
    {
        try
        {
            if (!_stop.IsCancellationRequested) _run(_kernel, chunk);
        }
        catch (Exception error)
        {
            _error = ExceptionDispatchInfo.Capture(error);
        }
        finally
        {
            Interlocked.Increment(ref _done);
        }
    }

    static void StartWorkers(int count)
    {
        lock (Gate)
        {
            for (; _workers < count; _workers++)
            {
                var index = _workers;
                new Thread(() => Serve(index)) { IsBackground = true, Name = $"TinyJepa core {index + 1}" }.Start();
            }
        }
    }

    static void Serve(int index)
    {
        // With more threads than processors, a spinning thread would take the processor of another.
        var spinRounds = index + 1 < Environment.ProcessorCount ? SpinRounds : 1;
        while (true)
        {
            for (var idle = 0; idle < spinRounds; idle++)
            {
                while (index < _limit - 1 && Claim(out var chunk))
                {
                    Work(chunk);
                    idle = 0;
                }

                Thread.SpinWait(1);
            }

            Interlocked.Increment(ref _sleeping);
            WakeUp.Wait();
            Interlocked.Decrement(ref _sleeping);
        }
    }
}
