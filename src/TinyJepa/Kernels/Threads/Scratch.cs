using System.Numerics;
using System.Runtime.InteropServices;

namespace TinyJepa.Kernels;

/// <summary>
/// Working memory of kernels: aligned blocks by size, kept by the thread that returned them and freed with it. A step that repeats finds every
/// block where the step before left it; handing one back to the system would cost its page faults again.
/// </summary>
static unsafe class Scratch
{
    const int Line = 64, Smallest = 10;                  // bytes to a cache line; 2^10 floats is the smallest size

    [ThreadStatic]
    static Shelf? _shelf;

    /// <summary>At least <paramref name="floats"/> floats, uninitialised, on a cache line; a block of its own even for none of them.</summary>
    internal static float* Rent(nint floats) => (_shelf ??= new Shelf()).Rent(SizeOf(floats));

    /// <summary>Gives a block back, on any thread.</summary>
    internal static void Return(float* block) => (_shelf ??= new Shelf()).Return(block);

    /// <summary>Zeros that live as long as the process.</summary>
    internal static float* Zeros(int floats)
    {
        var block = (float*)NativeMemory.AlignedAlloc((nuint)floats * sizeof(float), Line);
        new Span<float>(block, floats).Clear();
        return block;
    }

    /// <summary>Sizes are 4, 5, 6 and 7 quarters of the powers of two, so that slightly larger requests share a block and little is wasted.</summary>
    static int SizeOf(nint floats)
    {
        var last = (nuint)Math.Max(1 << Smallest, floats) - 1;
        var power = BitOperations.Log2(last);
        return 4 * (power - Smallest + 1) + (int)(last >> (power - 2)) - 7;
    }

    static nuint Floats(int size) => (nuint)(4 + size % 4) << (size / 4 + Smallest - 2);

    sealed class Shelf
    {
        readonly Stack<nint>[] _blocks = [.. Enumerable.Range(0, 4 * 40).Select(_ => new Stack<nint>())];

        ~Shelf()
        {
            foreach (var blocks in _blocks)
                foreach (var block in blocks) NativeMemory.AlignedFree((byte*)block - Line);
        }

        internal float* Rent(int size)
        {
            if (_blocks[size].TryPop(out var kept)) return (float*)kept;
            var block = (byte*)NativeMemory.AlignedAlloc(Floats(size) * sizeof(float) + Line, Line);
            LargePages.Ask(block, Floats(size) * sizeof(float));
            *(int*)block = size;                          // the line before a block says which size it is
            return (float*)(block + Line);
        }

        internal void Return(float* block) => _blocks[*(int*)((byte*)block - Line)].Push((nint)block);
    }
}
