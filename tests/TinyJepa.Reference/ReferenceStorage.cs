namespace TinyJepa.Reference;

/// <summary>Floats in an ordinary array, NaN at first: what is read before it is written shows.</summary>
sealed class ReferenceStorage : Storage
{
    internal ReferenceStorage(Backend backend, int capacity) : base(backend, capacity)
    {
        Values = new float[capacity];
        Values.AsSpan().Fill(float.NaN);
    }

    internal float[] Values { get; }
}
