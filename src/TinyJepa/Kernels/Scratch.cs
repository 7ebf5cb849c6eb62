using System.Runtime.InteropServices;

namespace TinyJepa.Kernels;

/// <summary>Working memory of kernels: a few aligned blocks a thread, kept between calls and freed with the thread.</summary>
static unsafe class Scratch
{
    const int Alignment = 64;

    [ThreadStatic]
    static Shelf? _shelf;

    /// <summary>At least <paramref name="floats"/> floats, uninitialised, on a cache line; a block of its own even for none of them.</summary>
    internal static float* Rent(nint floats) => (_shelf ??= new Shelf()).Rent(Math.Max(1, floats));

    internal static void Return(float* block, nint floats) => _shelf!.Return(block, floats);

    /// <summary>Zeros that live as long as the process.</summary>
    internal static float* Zeros(int floats)
    {
        var block = (float*)NativeMemory.AlignedAlloc((nuint)floats * sizeof(float), Alignment);
        new Span<float>(block, floats).Clear();
        return block;
    }

    sealed class Shelf
    {
        readonly (nint Block, nint Floats)[] _blocks = new (nint, nint)[8];

        ~Shelf()
        {
            foreach (var (block, _) in _blocks)
                if (block != 0) NativeMemory.AlignedFree((void*)block);
        }

        internal float* Rent(nint floats)
        {
            // The smallest that fits; the largest of the rest grows with the next request of its kind.
            var best = -1;
            for (var i = 0; i < _blocks.Length; i++)
                if (_blocks[i].Floats >= floats && (best < 0 || _blocks[i].Floats < _blocks[best].Floats)) best = i;
            if (best < 0) return (float*)NativeMemory.AlignedAlloc((nuint)Size(floats) * sizeof(float), Alignment);

            var block = _blocks[best].Block;
            _blocks[best] = default;
            return (float*)block;
        }

        internal void Return(float* block, nint floats)
        {
            var smallest = 0;
            for (var i = 1; i < _blocks.Length; i++)
                if (_blocks[i].Floats < _blocks[smallest].Floats) smallest = i;
            if (_blocks[smallest].Block != 0) NativeMemory.AlignedFree((void*)_blocks[smallest].Block);
            _blocks[smallest] = ((nint)block, Size(floats));
        }

        /// <summary>Rounded up, so that a block serves the next slightly larger request too.</summary>
        static nint Size(nint floats) => Math.Max(1024, (nint)System.Numerics.BitOperations.RoundUpToPowerOf2((nuint)floats));
    }
}
