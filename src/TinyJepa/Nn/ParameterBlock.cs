namespace TinyJepa.Nn;

/// <summary>
/// The flat block behind <see cref="Parameters"/>. Entries are collected first; the first optimiser or average lays them out one
/// after the other, each on a cache line, with their gradients in a second block of the same layout.
/// </summary>
sealed class ParameterBlock
{
    const int Line = 16;

    readonly Rng _rng;
    readonly List<Parameter> _entries = [];
    readonly Dictionary<string, Parameter> _byPath = [];
    readonly List<Node> _constants = [];
    Node? _weights, _gradients;

    internal ParameterBlock(long seed, Backend backend) => (_rng, Backend) = (new Rng(seed)["parameters"], backend);

    internal Backend Backend { get; private set; }

    internal List<Parameter> Entries => _entries;

    /// <summary>All elements; the gaps between entries are zero and stay so.</summary>
    internal Tensor Weights => new(_weights ??= LayOut());

    /// <summary>All gradients, in the layout of the weights.</summary>
    internal Tensor Gradients => new(_gradients ??= LayOutGradients());

    internal Parameter? Find(string path) => _byPath.GetValueOrDefault(path);

    internal Tensor Add(string path, in Shape shape, Initializer init, bool buffer)
    {
        if (_weights is not null) throw new InvalidOperationException(
            $"The parameter '{path}' comes too late: an optimiser or an average already holds the block. Build all layers first.");
        if (_byPath.ContainsKey(path)) throw new InvalidOperationException(
            $"The parameter '{path}' exists already. Give each layer its own name: p[\"name\"].");

        var values = new float[shape.Elements];
        init(values, _rng[path]);
        var node = NewNode(values, shape);
        var entry = new Parameter(path, node, buffer);
        _entries.Add(entry);
        _byPath.Add(path, entry);
        return entry.Value;
    }

    internal Tensor AddConstant(ReadOnlySpan<float> values, in Shape shape)
    {
        var node = NewNode(values, shape);
        _constants.Add(node);
        return new Tensor(node);
    }

    /// <summary>Moves every entry and constant to another backend. Their nodes stay, so layers need not know.</summary>
    internal void MoveTo(Backend backend)
    {
        if (backend == Backend) return;
        if (_weights is not null) throw new InvalidOperationException(
            "An optimiser or an average already holds these parameters: move them to another backend before it is made.");
        List<Node> nodes = [.. _entries.Select(entry => entry.Node), .. _constants];
        if (nodes.Find(node => node.Viewed) is { } viewed) throw new InvalidOperationException(
            $"A view of a parameter of shape {viewed.Shape} is held outside scopes and would stay behind. Take views in Forward, not in constructors.");

        // All copies first: if there is no room for one of them, nothing has moved.
        List<Node> copies = [.. nodes.Select(node => Node.Unscoped(node.Shape, backend))];
        for (var i = 0; i < nodes.Count; i++) backend.Upload(new Tensor(nodes[i]).ToArray(), new Tensor(copies[i]));
        Backend = backend;
        for (var i = 0; i < nodes.Count; i++)
        {
            (nodes[i].Storage, nodes[i].Offset, nodes[i].Gradient, nodes[i].GradientPass) = (copies[i].Storage, copies[i].Offset, null, 0);
            if (nodes[i].Frozen is not null) nodes[i].Frozen = new FrozenWeight();
        }
    }

    /// <summary>The next segment of the block that belongs to these entries and is trainable, from an offset on; neighbours are one segment.</summary>
    internal static (int Start, int Count) NextRun(ReadOnlySpan<Parameter> entries, int from)
    {
        var (start, end) = (-1, -1);
        foreach (var entry in entries)
        {
            var node = entry.Node;
            if (node.Offset < from || !node.Trainable) continue;
            if (start >= 0 && node.Offset != end) break;
            if (start < 0) start = node.Offset;
            end = node.Offset + Padded(node.Shape.Elements);
        }

        return start < 0 ? (from, 0) : (start, end - start);
    }

    /// <summary>The smallest segment of the weights that holds these entries, as a tensor of no scope.</summary>
    internal Tensor Segment(ReadOnlySpan<Parameter> entries)
    {
        var weights = Weights.Node;
        var (first, last) = (entries[0].Node, entries[^1].Node);
        return new Tensor(new Node { Shape = [last.Offset + Padded(last.Shape.Elements) - first.Offset], Storage = weights.Storage, Offset = first.Offset });
    }

    /// <summary>An entry's place in another block of the same layout, as a tensor of no scope.</summary>
    internal static Tensor Window(Tensor block, Parameter entry) =>
        new(new Node { Shape = entry.Node.Shape, Storage = block.Node.Storage, Offset = block.Node.Offset + entry.Node.Offset });

    /// <summary>How much room these entries take when nothing lies between them.</summary>
    internal static int Length(IEnumerable<Parameter> entries) => entries.Sum(entry => Padded(entry.Node.Shape.Elements));

    /// <summary>Moves some entries side by side, as far as nobody has a view of them and no optimiser has laid all of them out.</summary>
    internal void Gather(IReadOnlyList<Parameter> entries)
    {
        if (_weights is not null || entries.Count == 0) return;
        Place(entries.Where(entry => !entry.Node.Viewed), Zeros([Length(entries)]));
    }

    Node LayOut()
    {
        if (_entries.Find(entry => entry.Node.Viewed) is { } viewed) throw new InvalidOperationException(
            $"A view of the parameter '{viewed.Path}' was taken before the optimiser or average laid the block out, "
            + "and would miss its training. Take views in Forward, not in constructors.");
        var block = Zeros([Length(_entries)]);
        Place(_entries, block);
        return block;
    }

    /// <summary>Moves entries to a block, one after the other, each on a cache line.</summary>
    void Place(IEnumerable<Parameter> entries, Node block)
    {
        var offset = 0;
        foreach (var node in entries.Select(entry => entry.Node))
        {
            Move(node, block, offset);
            offset += Padded(node.Shape.Elements);
        }
    }

    Node LayOutGradients()
    {
        var block = Zeros([Weights.Length]);
        foreach (var node in _entries.Select(entry => entry.Node))
        {
            node.Gradient ??= Zeros(node.Shape);
            Move(node.Gradient, block, node.Offset);
        }

        return block;
    }

    void Move(Node node, Node block, int offset)
    {
        var place = new Tensor(new Node { Shape = node.Shape, Storage = block.Storage, Offset = offset });
        Backend.Copy(new Tensor(node), place);
        (node.Storage, node.Offset) = (block.Storage, offset);
    }

    Node NewNode(ReadOnlySpan<float> values, in Shape shape)
    {
        var node = Node.Unscoped(shape, Backend);
        Backend.Upload(values, new Tensor(node));
        return node;
    }

    Node Zeros(in Shape shape)
    {
        var node = Node.Unscoped(shape, Backend);
        Backend.Fill(new Tensor(node), 0f);
        return node;
    }

    static int Padded(int length) => (length + Line - 1) / Line * Line;
}
