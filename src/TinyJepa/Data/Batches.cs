namespace TinyJepa.Data;

/// <summary>Which examples come next: numbers in [0, count), a batch at a time, from one buffer.</summary>
public sealed class Batches : IResumable
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
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        (_order, _batch, _rng, _next) = ([.. Enumerable.Range(0, count)], new int[batch], rng, count);
    }

    /// <summary>Independent draws: an example may come twice.</summary>
    public ReadOnlyMemory<int> Draw()
    {
        foreach (ref var index in _batch.AsSpan()) index = _rng.NextInt(_order.Length);
        return _batch;
    }

    /// <summary>The next batch of an endless row of epochs, each in a fresh random order; what does not fill a batch is dropped.</summary>
    /// <returns>Memory that later calls write again.</returns>
    /// <exception cref="InvalidOperationException">A batch is larger than the set.</exception>
    public ReadOnlyMemory<int> Next()
    {
        if (_batch.Length > _order.Length) throw new InvalidOperationException($"An epoch of {_order.Length} examples has no batch of {_batch.Length}. Use Draw, which may repeat.");
        if (_next + _batch.Length > _order.Length)
        {
            _rng.Shuffle(_order.AsSpan());
            _next = 0;
        }

        var indices = _order.AsMemory(_next, _batch.Length);
        _next += _batch.Length;
        return indices;
    }

    /// <summary>Keeps the order of this epoch, the place in it and the stream's position.</summary>
    void IResumable.Visit(StateVisitor state)
    {
        state.Match("batch", _batch.Length, "batches have another size");
        state.Visit("order", _order);
        var next = (long)_next;
        state.Visit("next", ref next);
        _next = (int)next;
        ((IResumable)_rng).Visit(state["rng"]);
    }
}
