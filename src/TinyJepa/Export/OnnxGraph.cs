namespace TinyJepa.Export;

/// <summary>
/// A graph of ONNX operators that the operations of a tape are added to, for one batch size. Generated names start with a slash, so that they
/// cannot collide with names of the user.
/// </summary>
public sealed class OnnxGraph
{
    readonly Dictionary<Node, OnnxValue> _values = [];
    readonly Dictionary<string, OnnxNode> _makers = [];
    readonly IReadOnlyDictionary<Node, string> _paths;
    string _source = "";

    /// <param name="paths">The parameters' nodes and their names.</param>
    internal OnnxGraph(IReadOnlyDictionary<Node, string> paths) => _paths = paths;

    internal List<OnnxNode> Nodes { get; } = [];

    internal List<OnnxConstant> Constants { get; } = [];

    internal List<(string Name, Shape Shape)> Inputs { get; } = [];

    internal List<(string Name, string Value, Shape Shape)> Outputs { get; } = [];

    /// <summary>The value of a tensor: an input, a result added before, or else a constant. A view becomes a Reshape or a Slice of its base.</summary>
    public OnnxValue this[Tensor x]
    {
        get
        {
            var node = x.Node;
            if (_values.TryGetValue(node, out var value)) return value;
            value = node.Base is { } whole ? Window(this[new Tensor(whole)], whole, node) : Constant(x);
            _values.Add(node, value);
            return value;
        }
    }

    /// <summary>Adds an operator.</summary>
    /// <param name="op">ONNX's name for it.</param>
    /// <param name="inputs">Its inputs.</param>
    /// <param name="attributes">Its attributes.</param>
    public OnnxValue Add(string op, ReadOnlySpan<OnnxValue> inputs, params ReadOnlySpan<OnnxAttribute> attributes)
    {
        var names = new List<string>(inputs.Length);
        foreach (var input in inputs) names.Add(input.Name);
        var node = new OnnxNode(op, names, $"/{(op.Length == 0 ? "Unknown" : op)}_{Nodes.Count}", attributes.ToArray(), _source);
        Nodes.Add(node);
        _makers.Add(node.Output, node);
        return new OnnxValue(this, node.Output);
    }

    /// <summary>A constant scalar.</summary>
    public OnnxValue Constant(float value) => Constant(Tensor.Scalar(value));

    /// <summary>A constant tensor; a parameter has its path as name.</summary>
    public OnnxValue Constant(Tensor values)
    {
        var isParameter = _paths.TryGetValue(values.Node, out var path);
        return AddConstant(new OnnxConstant(isParameter ? path! : $"/constant_{Constants.Count}", values, isParameter));
    }

    /// <summary>Constant integers: indices, axes.</summary>
    public OnnxValue Integers(params ReadOnlySpan<long> values) =>
        AddConstant(new OnnxConstant($"/integers_{Constants.Count}", values.ToArray(), areSizes: false));

    /// <summary>The same elements in another shape, of which one axis may be a multiple of the batch.</summary>
    public OnnxValue Reshape(OnnxValue x, in Shape shape)
    {
        var sizes = new long[shape.Rank];
        for (var i = 0; i < sizes.Length; i++) sizes[i] = shape[i];
        return Add("Reshape", [x, AddConstant(new OnnxConstant($"/sizes_{Constants.Count}", sizes, areSizes: true))]);
    }

    /// <summary>The axes in another order. A transposition that undoes the previous one cancels it.</summary>
    public OnnxValue Transpose(OnnxValue x, params ReadOnlySpan<int> axes)
    {
        if (_makers.TryGetValue(x.Name, out var maker) && maker.Op == "Transpose" && Undoes(axes, maker.Attributes[0].Integers))
            return new OnnxValue(this, maker.Inputs[0]);
        return x.Apply("Transpose", new OnnxAttribute("perm", axes));
    }

    /// <summary>Swaps the last two axes.</summary>
    public OnnxValue Swap(OnnxValue x, int rank)
    {
        Span<int> axes = stackalloc int[rank];
        for (var i = 0; i < rank; i++) axes[i] = i;
        (axes[^1], axes[^2]) = (rank - 2, rank - 1);
        return Transpose(x, axes);
    }

    /// <summary>A range of an axis.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="axis">Which axis.</param>
    /// <param name="start">The first index.</param>
    /// <param name="count">Length of the range.</param>
    /// <param name="size">Size of the axis.</param>
    public OnnxValue Slice(OnnxValue x, int axis, int start, int count, int size)
    {
        if (count == size) return x;
        // A range to the end is written as such: it holds for every batch size.
        return Add("Slice", [x, Integers(start), Integers(start + count == size ? long.MaxValue : start + count), Integers(axis)]);
    }

    /// <summary>Marks an operation that ONNX has no operator for: exporting an output that needs it is an error.</summary>
    /// <param name="name">Its name in the message.</param>
    public OnnxValue Untranslated(string name)
    {
        _source = name;
        return Add("", []);
    }

    /// <summary>The name of an operation in messages: <c>Softmax</c> for a type declared in <c>SoftmaxOp</c>; the formula's name if it has one.</summary>
    internal static string NameOf(Type type)
    {
        if (type.IsGenericType) return NameOf(type.GetGenericArguments()[0]);
        if (type.DeclaringType is not { } owner) return type.Name;
        return owner.Name.EndsWith("Op", StringComparison.Ordinal) ? owner.Name[..^2] : $"{owner.Name}.{type.Name}";
    }

    internal void Input(string name, Tensor x)
    {
        Inputs.Add((name, x.Shape));
        _values.Add(x.Node, new OnnxValue(this, name));
    }

    internal void Output(string name, Tensor y) => Outputs.Add((name, this[y].Name, y.Shape));

    /// <summary>Adds an operation of the tape; results must be added in the order they were computed.</summary>
    internal void Draw(Recorded record)
    {
        var y = new Tensor(record.Output);
        _source = NameOf(record.Operation.GetType());
        _values[record.Output] = record.Operation is IExportedOp op ? op.Export(this, y) : Untranslated(_source);
    }

    /// <summary>Adds an input to the operator of a value, and moves the operator to the end of the graph.</summary>
    internal OnnxValue Extend(OnnxValue made, OnnxValue input)
    {
        var maker = _makers[made.Name];
        Nodes.Remove(maker);
        Nodes.Add(maker);
        maker.Inputs.Add(input.Name);
        return made;
    }

    /// <summary>Removes nodes and constants that no output needs.</summary>
    /// <exception cref="NotSupportedException">An output needs an operation that ONNX has no operator for.</exception>
    internal void Prune()
    {
        var needed = Outputs.Select(output => output.Value).ToHashSet();
        for (var i = Nodes.Count - 1; i >= 0; i--)
        {
            var node = Nodes[i];
            if (!needed.Contains(node.Output)) Nodes.RemoveAt(i);
            else if (node.Op.Length == 0)
                throw new NotSupportedException($"{node.Source} cannot be written as ONNX: compute the outputs without it, or let its record or formula " +
                    "implement IExportedOp, IExportedUnary or IExportedBinary.");
            else needed.UnionWith(node.Inputs);
        }

        Constants.RemoveAll(constant => !needed.Contains(constant.Name));
    }

    /// <exception cref="ArgumentException">A name is empty, used twice, or starts with a slash.</exception>
    internal void CheckNames()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var parameters = Constants.Where(constant => constant.IsParameter).Select(constant => constant.Name);
        foreach (var name in Inputs.Select(input => input.Name).Concat(Outputs.Select(output => output.Name)).Concat(parameters))
        {
            if (string.IsNullOrEmpty(name) || name[0] == '/')
                throw new ArgumentException($"'{name}' cannot be the name of an input or output: it must not be empty or start with a slash.");
            if (!seen.Add(name))
                throw new ArgumentException($"Two inputs, outputs or parameters have the name '{name}': rename one of them, or export the sets to " +
                    "separate files.");
        }
    }

    OnnxValue Window(OnnxValue x, Node whole, Node part)
    {
        var (from, to) = (whole.Shape, part.Shape);
        if (from.Elements == to.Elements) return from == to ? x : Reshape(x, to);
        var start = part.Offset - whole.Offset;
        if (from.Rank == to.Rank && to.With(0, from[0]) == from)
            return Slice(x, 0, start / from.Product(1, from.Rank), to[0], from[0]);
        return Reshape(Slice(Reshape(x, [from.Elements]), 0, start, to.Elements, from.Elements), to);
    }

    OnnxValue AddConstant(OnnxConstant constant)
    {
        Constants.Add(constant);
        return new OnnxValue(this, constant.Name);
    }

    static bool Undoes(ReadOnlySpan<int> axes, ReadOnlySpan<int> before)
    {
        if (axes.Length != before.Length) return false;
        for (var i = 0; i < axes.Length; i++)
            if (before[axes[i]] != i) return false;
        return true;
    }
}
