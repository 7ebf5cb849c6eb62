namespace TinyJepa.Export;

/// <summary>An attribute of a node: a float, an integer or a list of integers.</summary>
public readonly struct OnnxAttribute
{
    readonly int[]? _integers;

    /// <summary>An integer.</summary>
    public OnnxAttribute(string name, int value) => (Name, _integers, IsList) = (name, [value], false);

    /// <summary>A list of integers.</summary>
    public OnnxAttribute(string name, ReadOnlySpan<int> values) => (Name, _integers, IsList) = (name, values.ToArray(), true);

    /// <summary>A float.</summary>
    public OnnxAttribute(string name, float value) => (Name, Number) = (name, value);

    /// <summary>ONNX's name for it.</summary>
    public string Name { get; }

    internal float? Number { get; }

    internal bool IsList { get; }

    internal ReadOnlySpan<int> Integers => _integers;

    internal bool Equals(OnnxAttribute other) =>
        Name == other.Name && Number == other.Number && IsList == other.IsList && Integers.SequenceEqual(other.Integers);
}
