using System.Runtime.CompilerServices;

namespace TinyJepa;

/// <summary>
/// The operands of one primitive: the only way to an address, and what keeps the memory behind it from the garbage collector until it is
/// disposed. It refuses tensors of other backends, as <see cref="Backend.StorageOf"/> does.
/// </summary>
/// <example><code>
/// using var at = new Operands();
/// Cores.Run(new Elementwise.Add(at[x], scale, at[y], accumulate, n), Elementwise.Chunks(n));
/// </code></example>
unsafe ref struct Operands
{
    Storages _storages;
    int _count;

    /// <summary>The address of a tensor's first element.</summary>
    /// <exception cref="InvalidOperationException">The tensor is on another backend.</exception>
    internal float* this[Tensor x]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            var node = x.Node;
            if (node.Storage is not CpuStorage storage)
            {
                Throw.Backends(Backend.Cpu, node.Storage.Backend);
                return null;
            }

            return this[storage] + node.Offset;
        }
    }

    /// <summary>The address of a block's first float.</summary>
    internal float* this[CpuStorage storage]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            _storages[_count++] = storage;
            return storage.Pointer;
        }
    }

    /// <summary>The address of an optional operand; null without one.</summary>
    internal float* this[Tensor? x] => x is { } tensor ? this[tensor] : null;

    /// <summary>Where a gradient goes; null if nobody needs it.</summary>
    internal float* this[GradientTarget? target] => target is { } t ? this[t.Tensor] : null;

    /// <summary>Ends the use of all addresses.</summary>
    public readonly void Dispose()
    {
        for (var i = 0; i < _count; i++) GC.KeepAlive(_storages[i]);
    }

    /// <summary>No primitive has more operands than the backward pass of attention.</summary>
    [InlineArray(10)]
    struct Storages
    {
        CpuStorage? _0;
    }
}
