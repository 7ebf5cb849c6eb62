namespace TinyJepa.Export;

/// <summary>What a node is told beside its inputs: a number, an integer or a row of integers.</summary>
public readonly struct OnnxAttribute
{
    readonly int[]? _integers;

    /// <summary>An integer.</summary>
    public OnnxAttribute(string name, int value) => (Name, _integers, IsRow) = (name, [value], false);

    /// <summary>A row of integers.</summary>
    public OnnxAttribute(string name, ReadOnlySpan<int> values) => (Name, _integers, IsRow) = (name, values.ToArray(), true);

    /// <summary>A number.</summary>
    public OnnxAttribute(string name, float value) => (Name, Number) = (name, value);

    /// <summary>ONNX's name for it.</summary>
    public string Name { get; }

    internal float? Number { get; }

    internal bool IsRow { get; }

    internal ReadOnlySpan<int> Integers => _integers;

    internal bool Equals(OnnxAttribute other) =>
        Name == other.Name && Number == other.Number && IsRow == other.IsRow && Integers.SequenceEqual(other.Integers);
}
