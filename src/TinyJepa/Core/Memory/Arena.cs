namespace TinyJepa;

/// <summary>
/// The memory behind a <see cref="Scope"/> or <see cref="Tape"/>: the nodes made in it. A thread keeps one arena per nesting depth and uses it
/// again, so a step that repeats overwrites the nodes of the step before and allocates nothing.
/// </summary>
sealed class Arena(Pool pool, Arena? parent)
{
    [ThreadStatic]
    static Arena? _current;

    [ThreadStatic]
    static Arena? _outermost;

    readonly List<Node?> _nodes = [];
    Arena? _child;
    int _nodeCount;

    /// <summary>The innermost open scope of this thread.</summary>
    internal static Arena? Current => _current;

    internal Arena? Parent { get; } = parent;

    /// <summary>Counts the scopes that used this arena; tells an open scope from one that was disposed before.</summary>
    internal long Serial { get; private set; }

    /// <summary>The operations of this scope, if it is a tape.</summary>
    internal Recording Recording { get; } = new();

    Pool Pool { get; } = pool;

    internal static Arena Open(bool isTape, bool trains)
    {
        var arena = _current is { } current
            ? current._child ??= new Arena(current.Pool, current)
            : _outermost ??= new Arena(new Pool(), null);
        arena.Serial++;
        arena.Recording.Begin(isTape, trains);
        return _current = arena;
    }

    /// <summary>Ends this scope, and those inside it that nobody closed.</summary>
    internal void Close(long serial)
    {
        if (serial != Serial || !IsOpen) return;
        while (_current != this) _current!.Close(_current.Serial);
        for (var i = 0; i < _nodeCount; i++)
            if (_nodes[i] is { } node) Bury(node);
        _nodeCount = 0;
        Recording.End();
        Serial++;
        _current = Parent;
    }

    internal bool IsOpen
    {
        get
        {
            for (var arena = _current; arena is not null; arena = arena.Parent)
                if (arena == this) return true;
            return false;
        }
    }

    /// <summary>A node for a new tensor of the innermost scope, or one that only the collector ends where no scope is open.</summary>
    internal static Node NewNode(in Shape shape, Backend backend)
    {
        if (_current is not { } arena) return Node.Unscoped(shape, backend);

        var node = arena.Take();
        node.Shape = shape;
        node.Storage = arena.Pool.Rent(backend, shape.Elements);
        node.Storage.References++;
        return node;
    }

    /// <summary>A node for a view of another node's elements.</summary>
    internal static Node NewView(Node on, in Shape shape, int offset)
    {
        var node = _current?.Take() ?? new Node();
        on.Root.Viewed |= _current is null;
        node.Shape = shape;
        node.Storage = on.Storage;
        node.Offset = offset;
        node.Base = on.Root;
        node.Tracker = on.Root.Tracker;
        if (node.Storage.Home is { } home && home == _current?.Pool) node.Storage.References++;
        return node;
    }

    Node Take()
    {
        Node? node;
        if (_nodeCount == _nodes.Count) _nodes.Add(node = new Node());
        else node = _nodes[_nodeCount] ??= new Node();
        _nodeCount++;
        node.Owner = this;
        return node;
    }

    void Bury(Node node)
    {
        node.Life++;
        if (node.Storage.Home == Pool && --node.Storage.References == 0) Pool.Return(node.Storage);
        node.Storage = null!;
        node.Offset = 0;
        node.Owner = null;
        node.Base = node.Gradient = null;
        node.Tracker = null;
        node.GradientPass = 0;
        node.IsGradientLent = false;
    }

    /// <summary>
    /// Moves a node of this scope, or of one inside it, to the scope around this one, or out of all scopes; from there it is a constant. A node
    /// that lives longer anyway stays where it is.
    /// </summary>
    internal void Keep(Node node)
    {
        var inside = node.Owner;
        while (inside is not null && inside != this) inside = inside.Parent;
        if (inside is null) return;
        var nodes = node.Owner!._nodes;
        nodes[nodes.LastIndexOf(node)] = null;
        node.Base = node.Gradient = null;
        node.IsGradientLent = false;
        node.Tracker = null;
        node.Owner = Parent;
        if (Parent is null) return;
        if (Parent._nodeCount < Parent._nodes.Count) Parent._nodes[Parent._nodeCount] = node;
        else Parent._nodes.Add(node);
        Parent._nodeCount++;
    }
}
