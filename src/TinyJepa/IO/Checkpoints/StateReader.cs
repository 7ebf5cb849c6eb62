using System.Buffers.Binary;

namespace TinyJepa.IO;

/// <summary>Gives the numbers of a checkpoint back. It goes over everything twice: first it only checks, so that an error leaves all as it was.</summary>
sealed class StateReader(TensorFile file, HashSet<string> used, string prefix, bool commit) : StateVisitor
{
    public override StateVisitor this[string name] => new StateReader(file, used, $"{prefix}.{name}", commit);

    public override void Visit(string name, Tensor numbers)
    {
        var stored = Find(name, NumberType.F32, numbers.Shape);
        if (!commit) return;
        using var scope = Scope.Begin();
        numbers.CopyFrom(stored.ToTensor());
    }

    public override void Visit(string name, Span<int> numbers)
    {
        var bytes = Bytes(name, NumberType.I32, [numbers.Length]);
        for (var i = 0; commit && i < numbers.Length; i++) numbers[i] = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(4 * i));
    }

    public override void Visit(string name, ref long number)
    {
        var stored = BinaryPrimitives.ReadInt64LittleEndian(Bytes(name, NumberType.I64, []));
        if (commit) number = stored;
    }

    public override void Visit(string name, ref double number)
    {
        var stored = BinaryPrimitives.ReadDoubleLittleEndian(Bytes(name, NumberType.F64, []));
        if (commit) number = stored;
    }

    public override void Match(string name, long number, string meaning)
    {
        if (BinaryPrimitives.ReadInt64LittleEndian(Bytes(name, NumberType.I64, [])) != number) throw Unfit($"'{prefix}': {meaning}");
    }

    internal InvalidDataException Unfit(string what) => new($"{file.Name} does not fit this run: {what}. Resume with the program that saved it, or save into another folder.");

    byte[] Bytes(string name, NumberType type, in Shape shape)
    {
        using var bytes = new MemoryStream();
        Find(name, type, shape).Write(bytes);
        return bytes.ToArray();
    }

    StoredTensor Find(string name, NumberType type, in Shape shape)
    {
        var full = $"{prefix}.{name}";
        used.Add(full);
        var stored = file.Find(full) ?? throw Unfit($"it has no '{Names.Shown(full)}'");
        if (stored.Type != type || stored.Shape != shape) throw Unfit($"'{Names.Shown(full)}' is {stored.Type} {stored.Shape} there and {type} {shape} here");
        return stored;
    }
}
