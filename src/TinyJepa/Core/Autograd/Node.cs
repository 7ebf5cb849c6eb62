namespace TinyJepa;

/// <summary>What a <see cref="Tensor"/> points at. Scopes use their nodes again; <see cref="Life"/> tells a living tensor from a dead one.</summary>
sealed class Node
{
    internal Shape Shape;
    internal Storage Storage = null!;
    internal int Offset;

    /// <summary>Counts up when the node's tensor dies, so that old handles stop matching.</summary>
    internal int Life;

    /// <summary>The scope this node dies with; null: it lives as long as somebody holds it.</summary>
    internal Arena? Owner;

    /// <summary>What a view is a window on. A view has no gradient of its own: it is a window on its base's, too.</summary>
    internal Node? Base;

    /// <summary>The tape on which this node was computed or watched.</summary>
    internal Recording? Tracker;

    /// <summary>Whether tapes track this node wherever it is used: a parameter that is being trained.</summary>
    internal bool Trainable { get => field && Frozen is null; set; }

    /// <summary>Set while the elements must not change, and where a backend may keep them in another order too; null otherwise.</summary>
    internal FrozenWeight? Frozen;

    /// <summary>Whether a view of this node was made outside all scopes; such a node must not move.</summary>
    internal bool Viewed;

    internal Node? Gradient;

    /// <summary>Whether the gradient is somebody else's tensor, which no pass may write.</summary>
    internal bool IsGradientLent;

    /// <summary>The backward pass that wrote the gradient last; 0: none since the optimiser used it.</summary>
    internal long GradientPass;

    internal Node Root => Base ?? this;

    /// <summary>A node of no scope, which lives until the collector ends it.</summary>
    internal static Node Unscoped(in Shape shape, Backend backend) => new() { Shape = shape, Storage = backend.Allocate(shape.Elements) };

    internal bool TrackedBy(Recording tape) => Tracker == tape || (Trainable && tape.Trains);
}
