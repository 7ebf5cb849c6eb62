using System.Runtime.InteropServices;

namespace TinyJepa;

/// <summary>
/// The memory behind a <see cref="Scope"/> or <see cref="Tape"/>: the nodes and operations made in it, in order. A thread keeps one arena
/// per nesting depth and uses it again, so a step that repeats overwrites the nodes and records of the step before and allocates nothing.
/// </summary>
sealed class Arena(Pool pool, Arena? parent)
{
    [ThreadStatic]
    static Arena? _current;

    [ThreadStatic]
    static Arena? _outermost;

    readonly List<Node?> _nodes = [];
    readonly List<Recorded> _records = [];
    Arena? _child;
    int _nodeCount, _recordCount;
    bool _accumulate;

    /// <summary>The innermost open scope of this thread.</summary>
    internal static Arena? Current => _current;

    internal Arena? Parent { get; } = parent;

    /// <summary>Counts the scopes that used this arena; tells an open scope from one that was disposed before.</summary>
    internal long Serial { get; private set; }

    /// <summary>Whether operations are recorded: a tape, and not while it runs backwards.</summary>
    internal bool Remembers { get; private set; }

    internal bool IsTape { get; private set; }

    /// <summary>Whether trained parameters are variables, and layers train: every tape but a frozen one.</summary>
    internal bool Trains { get; private set; }

    /// <summary>The current backward pass.</summary>
    internal long Pass { get; private set; }

    Pool Pool { get; } = pool;

    internal static Arena Open(bool remembers, bool trains)
    {
        var arena = _current is { } current
            ? current._child ??= new Arena(current.Pool, current)
            : _outermost ??= new Arena(new Pool(), null);
        arena.Serial++;
        arena.Remembers = arena.IsTape = remembers;
        arena.Trains = trains;
        return _current = arena;
    }

    /// <summary>Ends this scope, and those inside it that nobody closed.</summary>
    internal void Close(long serial)
    {
        if (serial != Serial || !IsOpen) return;
        while (_current != this) _current!.Close(_current.Serial);
        for (var i = 0; i < _nodeCount; i++)
            if (_nodes[i] is { } node) Bury(node);
        _nodeCount = _recordCount = 0;
        Remembers = IsTape = Trains = false;
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

    /// <summary>A node for a view on another node's numbers.</summary>
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

    /// <summary>What was recorded, in the order it ran.</summary>
    internal ReadOnlySpan<Recorded> Records => CollectionsMarshal.AsSpan(_records)[.._recordCount];

    internal void Record<TOp>(Node output, in TOp op) where TOp : struct, IOp
    {
        // The step before left a record of this very kind at this place, unless the program took another path.
        if (_recordCount < _records.Count)
        {
            if (_records[_recordCount] is not Recorded<TOp> record) _records[_recordCount] = record = new Recorded<TOp>();
            record.Set(output, op);
        }
        else
        {
            var record = new Recorded<TOp>();
            record.Set(output, op);
            _records.Add(record);
        }

        _recordCount++;
        output.Tracker = this;
    }

    /// <summary>Begins a backward pass; gradients of other passes count as unwritten.</summary>
    internal void Prepare(long pass, bool accumulate)
    {
        Pass = pass;
        _accumulate = accumulate;
    }

    /// <summary>
    /// Gives a pass its first gradient. A tensor of this tape takes the numbers as they are, since nothing that runs in this pass adds to them;
    /// an earlier pass's gradient is copied, for this one may write it.
    /// </summary>
    internal void Start(Node node, Tensor gradient)
    {
        var root = node.Root;
        if (node == root && !root.Trainable && !gradient.Node.Storage.HoldsGradients) (root.Gradient, root.GradientPass, root.IsGradientLent) = (gradient.Node, Pass, true);
        else if (new Tensor(node).NeedsGradient(out var sink)) gradient.Backend.Add(gradient, 1f, sink.Tensor, sink.Accumulate);
    }

    /// <summary>Walks the records backwards; those whose result the loss does not depend on are passed over.</summary>
    internal void Backward()
    {
        Remembers = false;
        try
        {
            for (var i = _recordCount - 1; i >= 0; i--)
                if (_records[i].Output.GradientPass == Pass) _records[i].Backward();
        }
        finally
        {
            Remembers = true;
        }
    }

    /// <summary>The place of a node's gradient in this pass, made on first use.</summary>
    internal GradientTarget TargetOf(Node node)
    {
        var root = node.Root;
        if (root.IsGradientLent) (root.Gradient, root.IsGradientLent) = (null, false);
        // A parameter's gradient outlives the tape: it waits for the optimiser.
        var gradient = root.Gradient ??= root.Trainable ? Node.Unscoped(root.Shape, root.Storage.Backend) : NewNode(root.Shape, root.Storage.Backend);
        gradient.Storage.HoldsGradients = true;
        var written = root.GradientPass == Pass || (_accumulate && root.Trainable && root.GradientPass != 0);
        root.GradientPass = Pass;
        if (node == root) return new GradientTarget(new Tensor(gradient), written);

        if (!written && node.Shape.Elements != root.Shape.Elements)
        {
            // A window on a part is written before its whole: the rest of the whole must start from zero.
            root.Storage.Backend.Fill(new Tensor(gradient), 0f);
            written = true;
        }

        return new GradientTarget(new Tensor(NewView(gradient, node.Shape, gradient.Offset + node.Offset - root.Offset)), written);
    }
}

/// <summary>An operation on the tape and its result.</summary>
abstract class Recorded
{
    internal Node Output { get; private protected set; } = null!;

    /// <summary>The operation itself, as a copy.</summary>
    internal abstract IOp Operation { get; }

    internal abstract void Backward();
}

/// <summary>The record of one kind of operation; the struct inside is all that its backward pass reads.</summary>
sealed class Recorded<TOp> : Recorded where TOp : struct, IOp
{
    TOp _op;

    internal void Set(Node output, in TOp op)
    {
        Output = output;
        _op = op;
    }

    internal override IOp Operation => _op;

    internal override void Backward() => _op.Backward(new Tensor(Output.Gradient!));
}
