namespace TinyJepa;

/// <summary>
/// Belongs to a parameter between <c>Parameters.Freeze</c> and <c>Parameters.Thaw</c>, while its elements do not change: a
/// backend may keep a second copy here, in the order in which its kernels read it.
/// </summary>
public sealed class FrozenWeight
{
    Storage? _packed;

    internal FrozenWeight()
    {
    }

    /// <summary>The packed copy; null until a backend has made one. Threads may pack at the same time: the first copy stays, the others are dropped.</summary>
    public Storage? Packed
    {
        get => Volatile.Read(ref _packed);
        set => Interlocked.CompareExchange(ref _packed, value, null);
    }
}
