namespace TinyJepa.Export;

/// <summary>A value of a graph under construction. Arithmetic on it adds nodes; shapes broadcast as in NumPy.</summary>
public readonly struct OnnxValue
{
    internal OnnxValue(OnnxGraph graph, string name) => (Graph, Name) = (graph, name);

    /// <summary>The graph that it belongs to.</summary>
    public OnnxGraph Graph { get; }

    /// <summary>Its name in the graph.</summary>
    public string Name { get; }

    /// <summary>a + b</summary>
    public static OnnxValue operator +(OnnxValue a, OnnxValue b) => a.Graph.Add("Add", [a, b]);

    /// <summary>x + c</summary>
    public static OnnxValue operator +(OnnxValue x, float c) => x + x.Graph.Constant(c);

    /// <summary>a − b</summary>
    public static OnnxValue operator -(OnnxValue a, OnnxValue b) => a.Graph.Add("Sub", [a, b]);

    /// <summary>a·b</summary>
    public static OnnxValue operator *(OnnxValue a, OnnxValue b) => a.Graph.Add("Mul", [a, b]);

    /// <summary>c·x</summary>
    public static OnnxValue operator *(OnnxValue x, float c) => x * x.Graph.Constant(c);

    /// <summary>a/b</summary>
    public static OnnxValue operator /(OnnxValue a, OnnxValue b) => a.Graph.Add("Div", [a, b]);

    /// <summary>x/c</summary>
    public static OnnxValue operator /(OnnxValue x, float c) => x / x.Graph.Constant(c);

    /// <summary>Applies an operator to this value alone.</summary>
    /// <param name="op">ONNX's name for it.</param>
    /// <param name="attributes">Its attributes.</param>
    public OnnxValue Apply(string op, params ReadOnlySpan<OnnxAttribute> attributes) => Graph.Add(op, [this], attributes);
}
