namespace TinyJepa;

/// <summary>A block of floats on a backend. Tensors are views of it.</summary>
/// <param name="backend">Where the block is and who computes with it.</param>
/// <param name="capacity">How many floats fit.</param>
public abstract class Storage(Backend backend, int capacity) : IDisposable
{
    /// <summary>Where the block is.</summary>
    public Backend Backend { get; } = backend;

    /// <summary>How many floats fit.</summary>
    public int Capacity { get; } = capacity;

    /// <summary>The pool the block returns to when its last view dies; null if only the garbage collector ends it.</summary>
    internal Pool? Home { get; set; }

    /// <summary>The shelf of the home it was allocated for: a backend may allocate more than that.</summary>
    internal int Shelf { get; set; }

    /// <summary>Whether a backward pass has written gradients here, and so may do so again.</summary>
    internal bool HoldsGradients { get; set; }

    /// <summary>
    /// How many living nodes of the home's thread are views of this block. Views of other threads are not counted, nor those of a block without
    /// a home: counting is for one thread, and they end before their base does.
    /// </summary>
    internal int References { get; set; }

    /// <summary>Gives the memory back. No tensor may use the block any more.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases what the block holds outside managed memory. A storage with such memory has a finaliser that calls this.</summary>
    /// <param name="disposing">Whether <see cref="Dispose()"/> called it, not a finaliser.</param>
    protected virtual void Dispose(bool disposing)
    {
    }
}
