namespace TinyJepa.Data;

/// <summary>Batches of example indices in [0, count).</summary>
public sealed class Batches : IResumable
{
    readonly int[] _order, _batch;
    readonly Rng _rng;
    int _next;

    /// <summary>Batches of a set of examples.</summary>
    /// <param name="count">Number of examples.</param>
    /// <param name="batch">Examples per batch.</param>
    /// <param name="rng">The random stream.</param>
    public Batches(int count, int batch, Rng rng)
    {
        ArgumentNullException.ThrowIfNull(rng);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        (_order, _batch, _rng, _next) = ([.. Enumerable.Range(0, count)], new int[batch], rng, count);
    }

    /// <summary>Draws a batch with replacement: an example may occur twice.</summary>
    /// <returns>Memory that later calls overwrite.</returns>
    public ReadOnlyMemory<int> Draw()
    {
        foreach (ref var index in _batch.AsSpan()) index = _rng.NextInt(_order.Length);
        return _batch;
    }

    /// <summary>The next batch without replacement. Every epoch has a new random order; a remainder that does not fill a batch is dropped.</summary>
    /// <returns>Memory that later calls overwrite.</returns>
    /// <exception cref="InvalidOperationException">A batch is larger than the set.</exception>
    public ReadOnlyMemory<int> Next()
    {
        if (_batch.Length > _order.Length)
            throw new InvalidOperationException($"An epoch of {_order.Length} examples is smaller than a batch of {_batch.Length}. Use Draw, which draws " +
                "with replacement.");
        if (_next + _batch.Length > _order.Length)
        {
            _rng.Shuffle(_order.AsSpan());
            _next = 0;
        }

        var indices = _order.AsMemory(_next, _batch.Length);
        _next += _batch.Length;
        return indices;
    }

    /// <summary>The order of this epoch, the position in it and the random stream's position.</summary>
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
