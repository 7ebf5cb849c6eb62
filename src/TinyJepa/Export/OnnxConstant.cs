namespace TinyJepa.Export;

/// <summary>Numbers that a graph holds: floats, or integers that tell an operator sizes, places or axes.</summary>
sealed class OnnxConstant
{
    internal OnnxConstant(string name, Tensor values, bool isParameter) => (Name, Values, Shape, IsParameter) = (name, values, values.Shape, isParameter);

    internal OnnxConstant(string name, long[] integers, bool areSizes) => (Name, Integers, Shape, AreSizes) = (name, integers, [integers.Length], areSizes);

    internal string Name { get; }

    internal Shape Shape { get; }

    /// <summary>The floats, unless they are integers.</summary>
    internal Tensor Values { get; }

    internal long[]? Integers { get; }

    /// <summary>Whether the file shall hold a parameter's numbers under its path.</summary>
    internal bool IsParameter { get; }

    /// <summary>Whether the integers are sizes of axes, of which the batch may be one.</summary>
    internal bool AreSizes { get; }
}
