namespace TinyJepa.Kernels;

/// <summary>A vector of neighbouring floats that is read and written as a whole.</summary>
/// <typeparam name="V">The realisation.</typeparam>
public unsafe interface IPack<V> : IFloats<V> where V : struct, IPack<V>
{
    /// <summary>Floats in a pack.</summary>
    static abstract int Width { get; }

    /// <summary>Reads a pack.</summary>
    static abstract V Load(float* source);

    /// <summary>Writes a pack.</summary>
    static abstract void Store(V value, float* target);
}
