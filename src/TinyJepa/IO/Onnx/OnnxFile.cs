using System.Buffers.Binary;
using System.Globalization;
using TinyJepa.Export;

namespace TinyJepa.IO;

/// <summary>Writes an ONNX model. The field numbers are those of ONNX's schema (onnx.proto3, IR version 8).</summary>
static class OnnxFile
{
    const int IrVersion = 8, Opset = 17;

    /// <summary>TensorProto's data types.</summary>
    const int Float = 1, Int64 = 7;

    /// <exception cref="ArgumentException">The file would be larger than Protocol Buffers allow.</exception>
    internal static void Write(string path, OnnxGraph graph, OnnxBatch batch)
    {
        var (names, copies) = Rename(graph, batch);
        var body = new ProtobufWriter();
        foreach (var node in graph.Nodes) body.Message(1, NodeOf(node, names));
        foreach (var (from, to) in copies) body.Message(1, NodeOf(new OnnxNode("Identity", [from], to, [], ""), names));
        body.Text(2, Path.GetFileNameWithoutExtension(path) is { Length: > 0 } name ? name : "model");
        foreach (var (input, axes) in batch.Inputs) body.Message(11, ValueInfo(input, axes));
        foreach (var (output, _, axes) in batch.Outputs) body.Message(12, ValueInfo(output, axes));

        var weights = graph.Constants.Select(constant => Initializer(constant, batch)).ToList();
        var length = body.Bytes.Length + weights.Sum(weight => (long)weight.Head.Bytes.Length + weight.Data.Bytes);
        var head = new ProtobufWriter().Integer(1, IrVersion)
            .Text(2, "TinyJepa").Text(3, typeof(OnnxFile).Assembly.GetName().Version!.ToString(3))
            .Message(8, new ProtobufWriter().Text(1, "").Integer(2, Opset))
            .Begin(7, length);
        CheckLength(head.Bytes.Length + length);
        AtomicFile.Write(path, stream =>
        {
            stream.Write(head.Bytes);
            stream.Write(body.Bytes);
            foreach (var (front, data) in weights)
            {
                stream.Write(front.Bytes);
                data.Write(stream);
            }
        });
    }

    internal static void CheckLength(long bytes)
    {
        if (bytes > int.MaxValue) throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
            $"The graph takes {bytes:N0} bytes, and an ONNX file holds at most {int.MaxValue:N0}: export parts of the model to separate files."));
    }

    /// <summary>Nodes that compute outputs take the outputs' names; an output that is an input, a constant or another output is copied.</summary>
    static (Dictionary<string, string> Names, List<(string From, string To)> Copies) Rename(OnnxGraph graph, OnnxBatch batch)
    {
        var made = graph.Nodes.Select(node => node.Output).ToHashSet();
        var (names, copies) = (new Dictionary<string, string>(), new List<(string, string)>());
        foreach (var (name, value, _) in batch.Outputs)
            if (!made.Contains(value) || !names.TryAdd(value, name)) copies.Add((value, name));
        return (names, copies);
    }

    static ProtobufWriter NodeOf(OnnxNode node, Dictionary<string, string> names)
    {
        var message = new ProtobufWriter();
        foreach (var input in node.Inputs) message.Text(1, names.GetValueOrDefault(input, input));
        var output = names.GetValueOrDefault(node.Output, node.Output);
        message.Text(2, output).Text(3, node.Output).Text(4, node.Op);
        foreach (var attribute in node.Attributes) message.Message(5, AttributeOf(attribute));
        return message;
    }

    static ProtobufWriter AttributeOf(OnnxAttribute attribute)
    {
        const int number = 1, integer = 2, integers = 7;
        var message = new ProtobufWriter().Text(1, attribute.Name);
        if (attribute.Number is { } value) return message.Number(2, value).Integer(20, number);
        if (!attribute.IsList) return message.Integer(3, attribute.Integers[0]).Integer(20, integer);
        return message.Row(8, attribute.Integers.ToArray().Select(i => (long)i)).Integer(20, integers);
    }

    static ProtobufWriter ValueInfo(string name, IEnumerable<(long Size, long Times)> axes)
    {
        var shape = new ProtobufWriter();
        foreach (var (size, times) in axes)
            shape.Message(1, times == 0 ? new ProtobufWriter().Integer(1, size) : new ProtobufWriter().Text(2, times == 1 ? "batch" : $"{times}*batch"));
        var tensor = new ProtobufWriter().Integer(1, Float).Message(2, shape);
        return new ProtobufWriter().Text(1, name).Message(2, new ProtobufWriter().Message(1, tensor));
    }

    /// <summary>An initializer without its data, and the data.</summary>
    static (ProtobufWriter Head, WrittenTensor Data) Initializer(OnnxConstant constant, OnnxBatch batch)
    {
        var data = constant.Integers is null
            ? new WrittenTensor(constant.Name, constant.Values)
            : new WrittenTensor(constant.Name, ElementType.I64, constant.Shape, LittleEndian(batch.Sizes(constant)));
        var front = new ProtobufWriter();
        var dims = new List<long>();
        foreach (var size in constant.Shape) dims.Add(size);
        if (dims.Count > 0) front.Row(1, dims);
        front.Integer(2, constant.Integers is null ? Float : Int64).Text(8, constant.Name).Begin(9, data.Bytes);
        var length = front.Bytes.Length + data.Bytes;
        return (new ProtobufWriter().Begin(5, length).Append(front), data);
    }

    static byte[] LittleEndian(long[] values)
    {
        var bytes = new byte[values.Length * sizeof(long)];
        for (var i = 0; i < values.Length; i++) BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(i * sizeof(long)), values[i]);
        return bytes;
    }
}
