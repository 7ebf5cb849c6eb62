using System.Buffers.Binary;

namespace TinyJepa.IO;

/// <summary>Collects numbers for a checkpoint.</summary>
sealed class StateWriter(List<WrittenTensor> tensors, string prefix) : StateVisitor
{
    public override StateVisitor this[string name] => new StateWriter(tensors, $"{prefix}.{name}");

    public override void Visit(string name, Tensor numbers) => tensors.Add(new WrittenTensor($"{prefix}.{name}", numbers));

    public override void Visit(string name, Span<int> numbers)
    {
        var bytes = new byte[4L * numbers.Length];
        for (var i = 0; i < numbers.Length; i++) BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4 * i), numbers[i]);
        tensors.Add(new WrittenTensor($"{prefix}.{name}", NumberType.I32, [numbers.Length], bytes));
    }

    public override void Visit(string name, ref long number)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        tensors.Add(new WrittenTensor($"{prefix}.{name}", NumberType.I64, [], bytes));
    }

    public override void Visit(string name, ref double number)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteDoubleLittleEndian(bytes, number);
        tensors.Add(new WrittenTensor($"{prefix}.{name}", NumberType.F64, [], bytes));
    }

    public override void Match(string name, long number, string meaning) => Visit(name, ref number);
}
