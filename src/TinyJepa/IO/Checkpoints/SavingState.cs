using System.Buffers.Binary;

namespace TinyJepa.IO;

/// <summary>Collects numbers for a checkpoint.</summary>
sealed class SavingState(List<WrittenTensor> tensors, string prefix) : State
{
    public override State this[string name] => new SavingState(tensors, $"{prefix}.{name}");

    public override void Exchange(string name, Tensor numbers) => tensors.Add(new WrittenTensor($"{prefix}.{name}", numbers));

    public override void Exchange(string name, Span<int> numbers)
    {
        var bytes = new byte[4L * numbers.Length];
        for (var i = 0; i < numbers.Length; i++) BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4 * i), numbers[i]);
        tensors.Add(new WrittenTensor($"{prefix}.{name}", NumberType.I32, [numbers.Length], bytes));
    }

    public override void Exchange(string name, ref long number)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        tensors.Add(new WrittenTensor($"{prefix}.{name}", NumberType.I64, [], bytes));
    }

    public override void Exchange(string name, ref double number)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteDoubleLittleEndian(bytes, number);
        tensors.Add(new WrittenTensor($"{prefix}.{name}", NumberType.F64, [], bytes));
    }

    public override void Match(string name, long number, string meaning) => Exchange(name, ref number);
}
