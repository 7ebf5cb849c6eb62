namespace TinyJepa.Export;

/// <summary>One operator of a graph.</summary>
/// <param name="op">ONNX's name for it; empty where there is none for what was computed.</param>
/// <param name="inputs">The values it reads.</param>
/// <param name="output">The value it makes.</param>
/// <param name="attributes">What it is told beside.</param>
/// <param name="source">The operation of ours that it is a part of, for messages.</param>
sealed class OnnxNode(string op, List<string> inputs, string output, OnnxAttribute[] attributes, string source)
{
    internal string Op { get; } = op;

    internal List<string> Inputs { get; } = inputs;

    internal string Output { get; set; } = output;

    internal OnnxAttribute[] Attributes { get; } = attributes;

    internal string Source { get; } = source;

    /// <summary>Whether both do the same with the same values.</summary>
    internal bool Matches(OnnxNode other)
    {
        if (Op != other.Op || Output != other.Output || !Inputs.SequenceEqual(other.Inputs) || Attributes.Length != other.Attributes.Length) return false;
        for (var i = 0; i < Attributes.Length; i++)
            if (!Attributes[i].Equals(other.Attributes[i])) return false;
        return true;
    }
}
