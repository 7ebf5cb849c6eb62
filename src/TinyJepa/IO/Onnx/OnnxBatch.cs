using System.Runtime.InteropServices;
using TinyJepa.Export;

namespace TinyJepa.IO;

/// <summary>
/// Compares the graphs of two batch sizes. Where they agree, the graph holds for every batch; a size that is the same multiple of both batch sizes
/// becomes the batch axis; any other difference is refused.
/// </summary>
sealed class OnnxBatch
{
    /// <summary>The two batch sizes: primes, so that other sizes are rarely mistaken for the batch, which would end in a refusal.</summary>
    internal const int Few = 5, Many = 7;

    readonly OnnxGraph _few, _many;
    readonly Dictionary<string, long[]> _sizes = [];

    internal OnnxBatch(OnnxGraph few, OnnxGraph many)
    {
        (_few, _many) = (few, many);
        // Constants first: they explain most differences.
        var common = few.Constants.Select(constant => constant.Name).Intersect(many.Constants.Select(constant => constant.Name)).ToHashSet();
        var theirs = many.Constants.Where(constant => common.Contains(constant.Name)).ToDictionary(constant => constant.Name);
        foreach (var mine in few.Constants.Where(constant => common.Contains(constant.Name))) Compare(mine, theirs[mine.Name]);
        if (few.Nodes.Count != many.Nodes.Count) Refuse($"it has {few.Nodes.Count} operators for a batch of {Few} and {many.Nodes.Count} for one of {Many}");
        for (var i = 0; i < few.Nodes.Count; i++)
            if (!few.Nodes[i].Matches(many.Nodes[i])) Refuse($"its {few.Nodes[i].Source} is not the same for a batch of {Few} and one of {Many}");
        if (few.Constants.Count != common.Count || many.Constants.Count != common.Count) Refuse("the constants it reads are not the same");
        if (!few.Outputs.Select(output => (output.Name, output.Value)).SequenceEqual(many.Outputs.Select(output => (output.Name, output.Value))))
            Refuse("its outputs are not the same");
    }

    /// <summary>Sizes as Reshape takes them: the batch axis is −1, inferred.</summary>
    internal long[] Sizes(OnnxConstant constant) => _sizes.GetValueOrDefault(constant.Name, constant.Integers!);

    /// <summary>The axes of an input or an output: sizes, or multiples of the batch.</summary>
    internal static IEnumerable<(long Size, long Times)> Axes(string name, Shape few, Shape many)
    {
        for (var i = 0; i < few.Rank; i++)
            yield return few[i] == many[i] ? (few[i], 0)
                : Multiple(few[i], many[i]) is { } times ? (0, times)
                : throw new NotSupportedException(
                    $"Axis {i} of the output '{name}' has {few[i]} elements for a batch of {Few} and {many[i]} for one of {Many}: make it a constant or a " +
                    "multiple of the batch.");
    }

    internal IEnumerable<(string Name, IEnumerable<(long Size, long Times)> Axes)> Inputs =>
        _few.Inputs.Zip(_many.Inputs, (few, many) => (few.Name, Axes(few.Name, few.Shape, many.Shape)));

    internal IEnumerable<(string Name, string Value, IEnumerable<(long Size, long Times)> Axes)> Outputs
    {
        get
        {
            for (var i = 0; i < _few.Outputs.Count; i++)
            {
                var (few, many) = (_few.Outputs[i], _many.Outputs[i]);
                if (few.Shape.Rank != many.Shape.Rank)
                    Refuse($"its output '{few.Name}' is {few.Shape} for a batch of {Few} and {many.Shape} for one of {Many}");
                yield return (few.Name, few.Value, Axes(few.Name, few.Shape, many.Shape));
            }
        }
    }

    static long? Multiple(long few, long many) => few % Few == 0 && many % Many == 0 && few / Few == many / Many ? few / Few : null;

    static void Refuse(string difference) => throw new NotSupportedException(
        $"The model cannot be written as one graph for every batch: {difference}. Let it do the same for every batch.");

    void Compare(OnnxConstant few, OnnxConstant many)
    {
        var source = _few.Nodes.First(node => node.Inputs.Contains(few.Name)).Source;
        if (few.Integers is { } mine && many.Integers is { } theirs)
        {
            if (mine.AsSpan().SequenceEqual(theirs)) return;
            if (!few.AreSizes || mine.Length != theirs.Length)
                Refuse($"the indices or sizes that its {source} takes are [{string.Join(", ", mine)}] for a batch of {Few} and [{string.Join(", ", theirs)}] " +
                    $"for one of {Many}");
            _sizes.Add(few.Name, Unknown(mine, theirs, source));
            return;
        }

        if (few.Integers is null && many.Integers is null && (few.IsParameter || Same(few.Values, many.Values))) return;
        Refuse($"its {source} reads values that are neither inputs nor parameters and differ from one batch to the next, because they come from a Scope, " +
            "from Detach or from an array, are random, or have the batch's size");
    }

    /// <summary>The sizes with −1 for the batch axis. Inferring it is right for every batch, since all other sizes are fixed.</summary>
    static long[] Unknown(long[] few, long[] many, string source)
    {
        var sizes = few.ToArray();
        for (var i = 0; i < sizes.Length; i++)
        {
            if (few[i] == many[i]) continue;
            if (Multiple(few[i], many[i]) is null || sizes.Contains(-1))
                Refuse($"the shape that its {source} makes is [{string.Join(", ", few)}] for a batch of {Few} and [{string.Join(", ", many)}] for one of " +
                    $"{Many}, and only one axis may be a multiple of the batch");
            sizes[i] = -1;
        }

        return sizes;
    }

    static bool Same(Tensor few, Tensor many) => few.Shape == many.Shape
        && MemoryMarshal.AsBytes(few.ToArray().AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(many.ToArray().AsSpan()));
}
