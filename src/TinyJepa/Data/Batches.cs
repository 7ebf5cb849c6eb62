namespace TinyJepa.Data;

/// <summary>Which examples come next: numbers in [0, count), a batch at a time, from one buffer.</summary>
public sealed class Batches
{
    readonly int[] _order, _batch;
    readonly Rng _rng;
    int _next;

    /// <summary>Batches of a set of examples.</summary>
    /// <param name="count">How many examples there are.</param>
    /// <param name="batch">How many make a batch.</param>
    /// <param name="rng">The stream to draw from.</param>
    public Batches(int count, int batch, Rng rng)
    {
        ArgumentNullException.ThrowIfNull(rng);
        if (batch < 1 || batch > count) throw new ArgumentOutOfRangeException(nameof(batch), batch, $"A batch of {count} examples has 1 to {count} of them.");
        (_order, _batch, _rng, _next) = ([.. Enumerable.Range(0, count)], new int[batch], rng, count);
    }

    /// <summary>Independent draws: an example may come twice.</summary>
    public ReadOnlyMemory<int> Draw()
    {
        foreach (ref var index in _batch.AsSpan()) index = _rng.NextInt(_order.Length);
        return _batch;
    }

    /// <summary>The next batch of an endless row of epochs, each in a fresh random order; what does not fill a batch is dropped.</summary>
    public ReadOnlyMemory<int> Next()
    {
        if (_next + _batch.Length > _order.Length)
        {
            _rng.Shuffle(_order.AsSpan());
            _next = 0;
        }

        var indices = _order.AsMemory(_next, _batch.Length);
        _next += _batch.Length;
        return indices;
    }
}
