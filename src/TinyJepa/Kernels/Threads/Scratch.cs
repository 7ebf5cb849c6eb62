using System.Numerics;
using System.Runtime.InteropServices;

namespace TinyJepa.Kernels;

/// <summary>
/// Working memory of kernels: aligned blocks in classes of sizes. Each thread caches the blocks that it returned and frees them when it ends.
/// A training step that repeats finds all its blocks in the cache; returning them to the system would cost their page faults again.
/// </summary>
static unsafe class Scratch
{
    const int Line = 64, Smallest = 10;                  // bytes to a cache line; 2^10 floats is the smallest size
    const ulong MostFloats = 1UL << 48;                  // more than any address space; a negative size is above it, too

    [ThreadStatic]
    static Cache? _cache;

    static long _allocated;

    /// <summary>Blocks that exist, rented or cached. A kernel that fails to return a block makes it grow.</summary>
    internal static long Allocated => Volatile.Read(ref _allocated);

    /// <summary>
    /// A rented block that its <c>using</c> declaration returns, also when the kernel is cancelled. A method with a hot loop should be handed the
    /// pointer rather than rent by itself: the handler that returns the block can cost the loop its registers.
    /// </summary>
    /// <example><code>using var sums = new Scratch.Block(count);</code></example>
    internal readonly ref struct Block : IDisposable
    {
        /// <summary>The first float, on a cache line. Null for a default block, which returns nothing.</summary>
        internal readonly float* Pointer;

        /// <summary>At least <paramref name="floats"/> floats, uninitialised; also 0 floats have a block of their own.</summary>
        /// <exception cref="ArgumentOutOfRangeException"><paramref name="floats"/> is negative or more than memory can hold.</exception>
        internal Block(nint floats) => Pointer = Rent(floats);

        public void Dispose()
        {
            if (Pointer != null) Return(Pointer);
        }
    }

    /// <summary>What <see cref="Block"/> rents, without the <c>using</c>.</summary>
    internal static float* Rent(nint floats)
    {
        if ((ulong)floats > MostFloats) Refuse(floats);
        return (_cache ??= new Cache()).Rent(SizeOf(floats));
    }

    /// <summary>Returns a block, on any thread.</summary>
    internal static void Return(float* block) => (_cache ??= new Cache()).Return(block);

    /// <summary>Zeros that live as long as the process.</summary>
    internal static float* Zeros(int floats)
    {
        var block = (float*)NativeMemory.AlignedAlloc((nuint)floats * sizeof(float), Line);
        new Span<float>(block, floats).Clear();
        return block;
    }

    static void Refuse(nint floats) =>
        throw new ArgumentOutOfRangeException(nameof(floats), floats, "The working memory of a kernel cannot have this many floats: its shapes are too large.");

    /// <summary>Sizes are 4, 5, 6 and 7 quarters of the powers of two, so that similar requests use the same blocks and at most a quarter is wasted.</summary>
    static int SizeOf(nint floats)
    {
        var last = (nuint)Math.Max(1 << Smallest, floats) - 1;
        var power = BitOperations.Log2(last);
        return 4 * (power - Smallest + 1) + (int)(last >> (power - 2)) - 7;
    }

    static nuint Floats(int size) => (nuint)(4 + size % 4) << (size / 4 + Smallest - 2);

    /// <summary>The returned blocks of one thread, a stack for each size.</summary>
    sealed class Cache
    {
        readonly Stack<nint>[] _blocks = [.. Enumerable.Range(0, 4 * 40).Select(_ => new Stack<nint>())];

        ~Cache()
        {
            foreach (var blocks in _blocks)
            {
                foreach (var block in blocks) NativeMemory.AlignedFree((byte*)block - Line);
                Interlocked.Add(ref _allocated, -blocks.Count);
            }
        }

        internal float* Rent(int size)
        {
            if (_blocks[size].TryPop(out var cached)) return (float*)cached;
            var block = (byte*)NativeMemory.AlignedAlloc(checked(Floats(size) * sizeof(float) + Line), Line);
            Interlocked.Increment(ref _allocated);
            LargePages.Ask(block, Floats(size) * sizeof(float));
            *(int*)block = size;                          // the line before a block says which size it is
            return (float*)(block + Line);
        }

        internal void Return(float* block) => _blocks[*(int*)((byte*)block - Line)].Push((nint)block);
    }
}
