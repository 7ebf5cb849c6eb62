using System.Buffers.Binary;

namespace TinyJepa.IO;

/// <summary>Collects state for a checkpoint.</summary>
sealed class StateWriter(List<WrittenTensor> tensors, string prefix) : StateVisitor
{
    public override StateVisitor this[string name] => new StateWriter(tensors, $"{prefix}.{name}");

    public override void Visit(string name, Tensor values) => tensors.Add(new WrittenTensor($"{prefix}.{name}", values));

    public override void Visit(string name, Span<int> values)
    {
        var bytes = new byte[4L * values.Length];
        for (var i = 0; i < values.Length; i++) BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4 * i), values[i]);
        tensors.Add(new WrittenTensor($"{prefix}.{name}", ElementType.I32, [values.Length], bytes));
    }

    public override void Visit(string name, ref long value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        tensors.Add(new WrittenTensor($"{prefix}.{name}", ElementType.I64, [], bytes));
    }

    public override void Visit(string name, ref double value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteDoubleLittleEndian(bytes, value);
        tensors.Add(new WrittenTensor($"{prefix}.{name}", ElementType.F64, [], bytes));
    }

    public override void Match(string name, long value, string meaning) => Visit(name, ref value);
}
