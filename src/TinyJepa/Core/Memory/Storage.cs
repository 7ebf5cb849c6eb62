namespace TinyJepa;

/// <summary>A block of floats on a backend. Tensors are windows on it.</summary>
/// <param name="backend">Where the numbers live and who computes with them.</param>
/// <param name="capacity">How many floats fit.</param>
public abstract class Storage(Backend backend, int capacity)
{
    /// <summary>Where the numbers live.</summary>
    public Backend Backend { get; } = backend;

    /// <summary>How many floats fit.</summary>
    public int Capacity { get; } = capacity;

    /// <summary>Where the block goes when its last window dies; null: it is the collector's.</summary>
    internal Pool? Home { get; set; }

    /// <summary>Whether a backward pass has written gradients here: it may do so again.</summary>
    internal bool HoldsGradients { get; set; }

    /// <summary>
    /// How many living nodes of the home's thread are windows on this block. Windows of other threads are not counted, nor those on a
    /// block without a home: counting is for one thread, and they end before their base does.
    /// </summary>
    internal int References { get; set; }
}

/// <summary>Floats in managed memory that the collector never moves, starting on a cache line.</summary>
sealed unsafe class CpuStorage : Storage
{
    const int Alignment = 64;

    readonly float[] _array;
    readonly int _first;

    internal CpuStorage(Backend backend, int capacity) : base(backend, capacity)
    {
        _array = GC.AllocateUninitializedArray<float>(capacity + Alignment / sizeof(float), pinned: true);
        var address = (nuint)System.Runtime.CompilerServices.Unsafe.AsPointer(ref _array[0]);
        _first = (int)((Alignment - address % Alignment) % Alignment) / sizeof(float);
        Pointer = (float*)(address + (nuint)_first * sizeof(float));
        Kernels.LargePages.Ask(Pointer, (nuint)capacity * sizeof(float));
    }

    internal float* Pointer { get; }

    internal Span<float> Span(int offset, int length) => _array.AsSpan(_first + offset, length);
}
