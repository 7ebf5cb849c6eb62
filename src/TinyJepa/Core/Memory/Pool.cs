using System.Numerics;
using System.Runtime.CompilerServices;

namespace TinyJepa;

/// <summary>
/// Blocks that scopes of one thread have given back, by backend and size. A training step that repeats finds all it needs here.
/// </summary>
sealed class Pool
{
    readonly ConditionalWeakTable<Backend, Shelves> _byBackend = [];
    Backend? _last;
    Shelves _shelves = null!;

    internal Storage Rent(Backend backend, int length)
    {
        var shelf = ShelfOf(length, out var capacity);
        if (ShelvesOf(backend).Free[shelf] is { Count: > 0 } free) return free.Pop();
        var storage = backend.Allocate(capacity);
        (storage.Home, storage.Shelf) = (this, shelf);
        return storage;
    }

    internal void Return(Storage storage) => (ShelvesOf(storage.Backend).Free[storage.Shelf] ??= new Stack<Storage>()).Push(storage);

    /// <summary>A step seldom changes its backend, so the last one is at hand. The blocks of any other live as long as their backend.</summary>
    Shelves ShelvesOf(Backend backend)
    {
        if (_last != backend) (_last, _shelves) = (backend, _byBackend.GetOrCreateValue(backend));
        return _shelves;
    }

    /// <summary>Four sizes per power of two: at most a quarter of a block is wasted.</summary>
    static int ShelfOf(int length, out int capacity)
    {
        length = Math.Max(length, 16);
        var log = BitOperations.Log2((uint)(length - 1));
        var step = 1L << Math.Max(log - 2, 0);
        var rounded = (length + step - 1) / step * step;
        capacity = (int)Math.Min(rounded, Array.MaxLength - 16);
        return log * 4 + (int)Math.Min(3, (rounded - 1 - (1L << log)) / step);
    }

    sealed class Shelves
    {
        internal Stack<Storage>[] Free { get; } = new Stack<Storage>[4 * 32];
    }
}
