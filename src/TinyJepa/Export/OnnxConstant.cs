namespace TinyJepa.Export;

/// <summary>A constant of a graph: floats, or integers that are sizes, indices or axes.</summary>
sealed class OnnxConstant
{
    internal OnnxConstant(string name, Tensor values, bool isParameter) => (Name, Values, Shape, IsParameter) = (name, values, values.Shape, isParameter);

    internal OnnxConstant(string name, long[] integers, bool areSizes) => (Name, Integers, Shape, AreSizes) = (name, integers, [integers.Length], areSizes);

    internal string Name { get; }

    internal Shape Shape { get; }

    /// <summary>The floats, if <see cref="Integers"/> is null.</summary>
    internal Tensor Values { get; }

    internal long[]? Integers { get; }

    /// <summary>Whether it is a parameter, written under its path.</summary>
    internal bool IsParameter { get; }

    /// <summary>Whether the integers are sizes of axes, of which the batch may be one.</summary>
    internal bool AreSizes { get; }
}
