using System.Numerics;

namespace TinyJepa;

/// <summary>Blocks that scopes of one thread have given back, by size. A training step that repeats finds all it needs here.</summary>
sealed class Pool
{
    readonly Stack<Storage>[] _free = new Stack<Storage>[4 * 32];

    internal Storage Rent(Backend backend, int length)
    {
        var shelf = Shelf(length, out var capacity);
        var free = _free[shelf];
        if (free is { Count: > 0 } && free.Peek().Backend == backend) return free.Pop();
        var storage = backend.Allocate(capacity);
        storage.Home = this;
        return storage;
    }

    internal void Return(Storage storage)
    {
        var shelf = Shelf(storage.Capacity, out _);
        (_free[shelf] ??= new Stack<Storage>()).Push(storage);
    }

    /// <summary>Four sizes per power of two: at most a quarter of a block is wasted.</summary>
    static int Shelf(int length, out int capacity)
    {
        length = Math.Max(length, 16);
        var log = BitOperations.Log2((uint)(length - 1));
        var step = 1L << Math.Max(log - 2, 0);
        var rounded = (length + step - 1) / step * step;
        capacity = (int)Math.Min(rounded, Array.MaxLength - 16);
        return log * 4 + (int)Math.Min(3, (rounded - 1 - (1L << log)) / step);
    }
}
