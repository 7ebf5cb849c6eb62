using System.Runtime.CompilerServices;

namespace TinyJepa;

/// <summary>Floats in managed memory that the garbage collector never moves, starting on a cache line.</summary>
sealed unsafe class CpuStorage : Storage
{
    const int Alignment = 64;

    readonly float[] _array;
    readonly int _first;

    internal CpuStorage(Backend backend, int capacity) : base(backend, capacity)
    {
        _array = GC.AllocateUninitializedArray<float>(capacity + Alignment / sizeof(float), pinned: true);
        var address = (nuint)Unsafe.AsPointer(ref _array[0]);
        _first = (int)((Alignment - address % Alignment) % Alignment) / sizeof(float);
        Pointer = (float*)(address + (nuint)_first * sizeof(float));
        Kernels.LargePages.Ask(Pointer, (nuint)capacity * sizeof(float));
    }

    internal float* Pointer { get; }

    internal Span<float> Span(int offset, int length) => _array.AsSpan(_first + offset, length);
}
