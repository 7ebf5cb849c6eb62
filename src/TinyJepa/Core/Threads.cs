using TinyJepa.Kernels;

namespace TinyJepa;

/// <summary>How many threads computations use, and how they are stopped. Neither ever changes a bit of a result.</summary>
public static class Threads
{
    /// <summary>How many threads a computation may use, the caller's included. Default: the processors of this machine.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public static int Limit
    {
        get => Cores.Limit;
        set => Cores.Limit = value;
    }

    /// <summary>
    /// Until the result is disposed, an operation on this thread ends with an <see cref="OperationCanceledException"/> within microseconds of
    /// the token's cancellation: between two chunks, if need be. An optimiser's step and a moving average are always completed, so weights
    /// are never half updated.
    /// </summary>
    /// <param name="token">The token to watch; <see cref="CancellationToken.None"/> for a section that must not be left half done.</param>
    /// <example><code>
    /// using var cancellation = Threads.CancelOn(token);
    /// var plan = planner.Plan(…);
    /// </code></example>
    public static Cancellation CancelOn(CancellationToken token) => new(Cores.Watch(token));

    /// <summary>Ends the watch that <see cref="CancelOn"/> began.</summary>
    public readonly ref struct Cancellation
    {
        readonly CancellationToken _before;

        internal Cancellation(CancellationToken before) => _before = before;

        /// <summary>Back to the token that was watched before, if any.</summary>
        public void Dispose() => Cores.Watch(_before);
    }
}
