using System.Buffers.Binary;

namespace TinyJepa.IO;

/// <summary>Restores state from a checkpoint. It visits everything twice: the first visit only checks, so that an error changes nothing.</summary>
sealed class StateReader(TensorFile file, HashSet<string> used, string prefix, bool commit) : StateVisitor
{
    public override StateVisitor this[string name] => new StateReader(file, used, $"{prefix}.{name}", commit);

    public override void Visit(string name, Tensor values)
    {
        var stored = Find(name, ElementType.F32, values.Shape);
        if (!commit) return;
        using var scope = Scope.Begin();
        values.CopyFrom(stored.ToTensor());
    }

    public override void Visit(string name, Span<int> values)
    {
        var bytes = Bytes(name, ElementType.I32, [values.Length]);
        for (var i = 0; commit && i < values.Length; i++) values[i] = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(4 * i));
    }

    public override void Visit(string name, ref long value)
    {
        var stored = BinaryPrimitives.ReadInt64LittleEndian(Bytes(name, ElementType.I64, []));
        if (commit) value = stored;
    }

    public override void Visit(string name, ref double value)
    {
        var stored = BinaryPrimitives.ReadDoubleLittleEndian(Bytes(name, ElementType.F64, []));
        if (commit) value = stored;
    }

    public override void Match(string name, long value, string meaning)
    {
        if (BinaryPrimitives.ReadInt64LittleEndian(Bytes(name, ElementType.I64, [])) != value) throw Unfit($"'{prefix}': {meaning}");
    }

    internal InvalidDataException Unfit(string what) => new($"{file.Name} does not fit this run: {what}. Resume with the program that saved it, or save into " +
        "another folder.");

    byte[] Bytes(string name, ElementType type, in Shape shape)
    {
        using var bytes = new MemoryStream();
        Find(name, type, shape).Write(bytes);
        return bytes.ToArray();
    }

    StoredTensor Find(string name, ElementType type, in Shape shape)
    {
        var full = $"{prefix}.{name}";
        used.Add(full);
        var stored = file.Find(full) ?? throw Unfit($"it has no '{Names.Shown(full)}'");
        if (stored.Type != type || stored.Shape != shape) throw Unfit($"'{Names.Shown(full)}' is {stored.Type} {stored.Shape} there and {type} {shape} here");
        return stored;
    }
}
