using System.Buffers.Binary;
using System.Text;

namespace TinyJepa.Tests.IO;

/// <summary>
/// An ONNX file read by the letter: fields and their numbers are those of onnx.proto3, and whatever this library has no reason to write, from an
/// unknown field to an operator that opset 17 does not have, fails.
/// </summary>
sealed class OnnxModel
{
    internal sealed record Node(string Op, string Name, IReadOnlyList<string> Inputs, string Output, IReadOnlyDictionary<string, object> Attributes);

    internal sealed record Initializer(string Name, long[] Dims, float[]? Floats, long[]? Integers);

    internal sealed record Value(string Name, string[] Dims);

    /// <summary>Operators of opset 17 with how many inputs they take at least and at most, and the attributes we may give them.</summary>
    static readonly Dictionary<string, (int Least, int Most, string[] Attributes)> Known = new()
    {
        ["Abs"] = (1, 1, []), ["Neg"] = (1, 1, []), ["Sqrt"] = (1, 1, []), ["Exp"] = (1, 1, []), ["Log"] = (1, 1, []), ["Sin"] = (1, 1, []),
        ["Cos"] = (1, 1, []), ["Tanh"] = (1, 1, []), ["Sigmoid"] = (1, 1, []), ["Relu"] = (1, 1, []), ["Erf"] = (1, 1, []), ["Identity"] = (1, 1, []),
        ["Add"] = (2, 2, []), ["Sub"] = (2, 2, []), ["Mul"] = (2, 2, []), ["Div"] = (2, 2, []), ["Max"] = (1, 9, []), ["Min"] = (1, 9, []), ["Clip"] = (1, 3, []),
        ["Gemm"] = (2, 3, ["transB"]), ["MatMul"] = (2, 2, []), ["Transpose"] = (1, 1, ["perm"]), ["Reshape"] = (2, 2, []), ["Slice"] = (3, 5, []),
        ["Concat"] = (1, 9, ["axis"]), ["Gather"] = (2, 2, ["axis"]), ["Pad"] = (2, 3, []), ["Expand"] = (2, 2, []), ["Unsqueeze"] = (2, 2, []),
        ["ReduceMean"] = (1, 1, ["axes", "keepdims"]), ["ReduceSum"] = (1, 2, ["keepdims"]), ["Softmax"] = (1, 1, ["axis"]),
        ["LayerNormalization"] = (2, 3, ["axis", "epsilon"]), ["BatchNormalization"] = (5, 5, ["epsilon"]),
        ["Conv"] = (2, 3, ["kernel_shape", "strides", "pads"]), ["AveragePool"] = (1, 1, ["kernel_shape", "strides"]),
    };

    readonly List<Node> _nodes = [];
    readonly Dictionary<string, Initializer> _initializers = [];
    readonly List<Value> _inputs = [], _outputs = [];

    internal IReadOnlyList<Node> Nodes => _nodes;

    internal IReadOnlyDictionary<string, Initializer> Initializers => _initializers;

    internal IReadOnlyList<Value> Inputs => _inputs;

    internal IReadOnlyList<Value> Outputs => _outputs;

    internal string Producer { get; private set; } = "";

    internal string ProducerVersion { get; private set; } = "";

    internal static OnnxModel Read(byte[] bytes)
    {
        var model = new OnnxModel();
        var fields = Fields(bytes, 1, 2, 3, 7, 8);
        Assert.Equal(8L, One<long>(fields, 1));
        model.Producer = Text(fields, 2);
        model.ProducerVersion = Text(fields, 3);
        var opset = Fields(One<byte[]>(fields, 8), 1, 2);
        Assert.Equal("", Text(opset, 1));
        Assert.Equal(17L, One<long>(opset, 2));

        var graph = Fields(One<byte[]>(fields, 7), 1, 2, 5, 11, 12);
        Assert.NotEqual("", Text(graph, 2));
        foreach (var (field, value) in graph)
        {
            if (field == 1) model._nodes.Add(NodeOf((byte[])value));
            else if (field == 5) model.Add(InitializerOf((byte[])value));
            else if (field == 11) model._inputs.Add(ValueOf((byte[])value));
            else if (field == 12) model._outputs.Add(ValueOf((byte[])value));
        }

        model.Check();
        return model;
    }

    void Add(Initializer initializer) => Assert.True(_initializers.TryAdd(initializer.Name, initializer), $"Two initializers are called '{initializer.Name}'.");

    /// <summary>Names are made once, before they are used, and everything made is used.</summary>
    void Check()
    {
        var known = new HashSet<string>(_initializers.Keys);
        foreach (var input in _inputs) Assert.True(known.Add(input.Name), $"'{input.Name}' is made twice.");
        var names = new HashSet<string>();
        var used = new HashSet<string>();
        foreach (var node in _nodes)
        {
            Assert.True(Known.TryGetValue(node.Op, out var form), $"Opset 17 has no operator '{node.Op}', or we have no use for it.");
            Assert.InRange(node.Inputs.Count, form.Least, form.Most);
            Assert.Empty(node.Attributes.Keys.Except(form.Attributes));
            foreach (var input in node.Inputs)
            {
                Assert.True(known.Contains(input), $"{node.Name} reads '{input}' before it is made.");
                used.Add(input);
            }

            Assert.True(known.Add(node.Output), $"'{node.Output}' is made twice.");
            Assert.True(names.Add(node.Name), $"Two nodes are called '{node.Name}'.");
        }

        Assert.NotEmpty(_outputs);
        foreach (var output in _outputs)
        {
            Assert.Contains(_nodes, node => node.Output == output.Name);
            used.Add(output.Name);
        }

        Assert.Empty(known.Except(used).Except(_inputs.Select(input => input.Name)));
    }

    static Node NodeOf(byte[] bytes)
    {
        var fields = Fields(bytes, 1, 2, 3, 4, 5);
        var attributes = fields.Where(field => field.Number == 5).Select(field => AttributeOf((byte[])field.Value)).ToDictionary(pair => pair.Name, pair => pair.Value);
        var inputs = fields.Where(field => field.Number == 1).Select(field => Encoding.UTF8.GetString((byte[])field.Value)).ToList();
        return new Node(Text(fields, 4), Text(fields, 3), inputs, Text(fields, 2), attributes);
    }

    static (string Name, object Value) AttributeOf(byte[] bytes)
    {
        var fields = Fields(bytes, 1, 2, 3, 8, 20);
        Assert.Equal(3, fields.Count);
        return (Text(fields, 1), One<long>(fields, 20) switch
        {
            1 => (object)One<float>(fields, 2),
            2 => One<long>(fields, 3),
            7 => Packed(One<byte[]>(fields, 8)),
            var type => throw new InvalidDataException($"An attribute of type {type}."),
        });
    }

    static Initializer InitializerOf(byte[] bytes)
    {
        var fields = Fields(bytes, 1, 2, 8, 9);
        var dims = fields.Any(field => field.Number == 1) ? Packed(One<byte[]>(fields, 1)) : [];
        var count = dims.Aggregate(1L, (product, size) => product * size);
        var raw = One<byte[]>(fields, 9);
        var name = Text(fields, 8);
        var type = One<long>(fields, 2);
        Assert.True(type is 1 or 7, $"'{name}' is of type {type}.");
        Assert.Equal(count * (type == 1 ? sizeof(float) : sizeof(long)), raw.Length);
        return type == 1
            ? new Initializer(name, dims, [.. raw.Chunk(sizeof(float)).Select(chunk => BinaryPrimitives.ReadSingleLittleEndian(chunk))], null)
            : new Initializer(name, dims, null, [.. raw.Chunk(sizeof(long)).Select(chunk => BinaryPrimitives.ReadInt64LittleEndian(chunk))]);
    }

    static Value ValueOf(byte[] bytes)
    {
        var fields = Fields(bytes, 1, 2);
        var tensor = Fields(One<byte[]>(Fields(One<byte[]>(fields, 2), 1), 1), 1, 2);
        Assert.Equal(1L, One<long>(tensor, 1));
        var dims = Fields(One<byte[]>(tensor, 2), 1).Select(dim => Fields((byte[])dim.Value, 1, 2).Single())
            .Select(dim => dim.Number == 1 ? $"{(long)dim.Value}" : Encoding.UTF8.GetString((byte[])dim.Value));
        return new Value(Text(fields, 1), [.. dims]);
    }

    static string Text(List<(int Number, object Value)> fields, int number) => Encoding.UTF8.GetString(One<byte[]>(fields, number));

    static T One<T>(List<(int Number, object Value)> fields, int number) => Assert.IsType<T>(Assert.Single(fields, field => field.Number == number).Value);

    /// <summary>The fields of a message: varints as long, 32-bit fields as float, length-delimited fields as an array.</summary>
    static List<(int Number, object Value)> Fields(byte[] bytes, params int[] allowed)
    {
        var fields = new List<(int, object)>();
        for (var at = 0; at < bytes.Length;)
        {
            var tag = Varint(bytes, ref at);
            var number = checked((int)(tag >> 3));
            Assert.Contains(number, allowed);
            switch (tag & 7)
            {
                case 0:
                    fields.Add((number, (long)Varint(bytes, ref at)));
                    break;
                case 2:
                    var length = checked((int)Varint(bytes, ref at));
                    fields.Add((number, bytes[at..(at + length)]));
                    at += length;
                    break;
                case 5:
                    fields.Add((number, BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(at, 4))));
                    at += 4;
                    break;
                default:
                    throw new InvalidDataException($"A field of wire type {tag & 7}.");
            }
        }

        return fields;
    }

    static long[] Packed(byte[] bytes)
    {
        var values = new List<long>();
        for (var at = 0; at < bytes.Length;) values.Add((long)Varint(bytes, ref at));
        return [.. values];
    }

    static ulong Varint(byte[] bytes, ref int at)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            Assert.InRange(shift, 0, 63);
            var part = bytes[at++];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80) return value;
        }
    }
}
