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

    /// <summary>The packed copy; null until a backend has published one.</summary>
    public Storage? Packed => Volatile.Read(ref _packed);

    /// <summary>Offers a packed copy. Threads may pack at the same time: the first copy stays, a later one is disposed.</summary>
    /// <param name="packed">A copy that nobody uses yet.</param>
    /// <returns>The copy to use.</returns>
    public Storage Publish(Storage packed)
    {
        ArgumentNullException.ThrowIfNull(packed);
        if (Interlocked.CompareExchange(ref _packed, packed, null) is not { } first) return packed;
        packed.Dispose();
        return first;
    }
}
