namespace TinyJepa.Export;

/// <summary>
/// An operation that can be exported to ONNX (opset 17). Its record on the tape, which holds what backward reads, adds ONNX operators to a graph.
/// Exporting a model with an operation that does not implement this is an error that names the operation.
/// </summary>
public interface IExportedOp
{
    /// <summary>Adds this operation to a graph.</summary>
    /// <param name="graph">The graph; <c>graph[x]</c> is the value of an operand.</param>
    /// <param name="y">The result of the operation.</param>
    /// <returns>The value of y in the graph.</returns>
    OnnxValue Export(OnnxGraph graph, Tensor y);
}

/// <summary>A formula of one variable that can be exported to ONNX.</summary>
public interface IExportedUnary
{
    /// <summary>The value of f(x) in the graph.</summary>
    OnnxValue Export(OnnxValue x);
}

/// <summary>A formula of two variables that can be exported to ONNX.</summary>
public interface IExportedBinary
{
    /// <summary>The value of f(a, b) in the graph, of a's shape.</summary>
    OnnxValue Export(OnnxValue a, OnnxValue b);
}
