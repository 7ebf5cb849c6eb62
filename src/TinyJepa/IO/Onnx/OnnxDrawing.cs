using TinyJepa.Export;
using TinyJepa.Nn;

namespace TinyJepa.IO;

/// <summary>Runs a model on a tape and converts the recorded operations to a graph.</summary>
sealed class OnnxDrawing
{
    readonly IReadOnlyList<(string Name, Shape Example)> _inputs;
    readonly Func<IReadOnlyList<Tensor>, IReadOnlyList<(string Name, Tensor Value)>> _forward;
    readonly Dictionary<Node, string> _paths = [];
    readonly Backend _backend;

    internal OnnxDrawing(
        IReadOnlyList<(string Name, Shape Example)> inputs,
        Func<IReadOnlyList<Tensor>, IReadOnlyList<(string Name, Tensor Value)>> forward,
        ReadOnlySpan<Parameters> sets)
    {
        (_inputs, _forward, _backend) = (inputs, forward, sets.Length == 0 ? Backend.Default : sets[0].Backend);
        if (inputs.Count == 0) throw new ArgumentException("A graph needs an input.", nameof(inputs));
        foreach (var set in sets)
            foreach (var entry in set.Entries) _paths[entry.Node] = entry.Path;
    }

    /// <summary>The graph for a batch of this size, without nodes that no output needs.</summary>
    /// <param name="tape">The innermost scope.</param>
    /// <param name="batch">Rows of every input. Their values are random and differ from size to size, so that nothing that depends on them looks
    /// constant.</param>
    internal OnnxGraph Draw(Tape tape, int batch)
    {
        var (graph, rng) = (new OnnxGraph(_paths), new Rng(batch));
        var tensors = new Tensor[_inputs.Count];
        for (var i = 0; i < tensors.Length; i++)
        {
            var (name, example) = _inputs[i];
            var shape = Shape.Create([batch, .. example.ToArray()]);
            var values = new float[shape.Elements];
            rng.FillUniform(values);
            tensors[i] = tape.Watch(Tensor.From(values, shape, _backend));
            graph.Input(name, tensors[i]);
        }

        var outputs = _forward(tensors);
        if (outputs.Count == 0) throw new ArgumentException("A graph needs an output: return one from the model, with its name.");
        foreach (var record in Arena.Current!.Recording.Records) graph.Draw(record);
        foreach (var (name, y) in outputs)
        {
            if (!Tape.Tracks(y)) throw new NotSupportedException(
                $"The output '{name}' does not depend on the inputs by recorded operations: compute it from them on this thread, not inside a Scope, without " +
                "Detach and arrays.");
            graph.Output(name, y);
        }

        graph.Prune();
        graph.CheckNames();
        return graph;
    }
}
