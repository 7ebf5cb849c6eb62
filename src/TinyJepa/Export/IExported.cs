namespace TinyJepa.Export;

/// <summary>
/// An operation that can say what it computed in ONNX's operators (opset 17). Its record on the tape, which holds what backward reads, says it;
/// an operation that is not one of these is refused by name when a model that needs it is written.
/// </summary>
public interface IExportedOp
{
    /// <summary>Adds this operation to a graph.</summary>
    /// <param name="graph">The graph; <c>graph[x]</c> is the value of an operand.</param>
    /// <param name="y">The result that was computed.</param>
    /// <returns>The value that is y.</returns>
    OnnxValue Export(OnnxGraph graph, Tensor y);
}

/// <summary>A formula of one variable that can say itself in ONNX's operators.</summary>
public interface IExportedUnary
{
    /// <summary>The value that is f(x).</summary>
    OnnxValue Export(OnnxValue x);
}

/// <summary>A formula of two variables that can say itself in ONNX's operators.</summary>
public interface IExportedBinary
{
    /// <summary>The value that is f(a, b), of a's shape.</summary>
    OnnxValue Export(OnnxValue a, OnnxValue b);
}
