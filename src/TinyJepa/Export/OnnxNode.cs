namespace TinyJepa.Export;

/// <summary>One operator of a graph.</summary>
/// <param name="op">ONNX's name for it; empty if ONNX has none for the operation.</param>
/// <param name="inputs">Its inputs.</param>
/// <param name="output">Its output.</param>
/// <param name="attributes">Its attributes.</param>
/// <param name="source">The operation of this library that it belongs to, for messages.</param>
sealed class OnnxNode(string op, List<string> inputs, string output, OnnxAttribute[] attributes, string source)
{
    internal string Op { get; } = op;

    internal List<string> Inputs { get; } = inputs;

    internal string Output { get; set; } = output;

    internal OnnxAttribute[] Attributes { get; } = attributes;

    internal string Source { get; } = source;

    /// <summary>Whether both are the same operator on the same values.</summary>
    internal bool Matches(OnnxNode other)
    {
        if (Op != other.Op || Output != other.Output || !Inputs.SequenceEqual(other.Inputs) || Attributes.Length != other.Attributes.Length) return false;
        for (var i = 0; i < Attributes.Length; i++)
            if (!Attributes[i].Equals(other.Attributes[i])) return false;
        return true;
    }
}
