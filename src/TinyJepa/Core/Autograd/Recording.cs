using System.Runtime.InteropServices;

namespace TinyJepa;

/// <summary>
/// The operations of a tape, and the walk back through them: reverse-mode differentiation. Operations are listed in the order they ran, which is an order in
/// which every input comes before its result; so the list, read backwards, needs no sorting. A step that repeats finds a record of the right
/// kind at every place and allocates nothing.
/// </summary>
sealed class Recording
{
    readonly List<Recorded> _records = [];
    int _count;
    bool _accumulate;

    /// <summary>Whether operations are recorded: a tape is open, and does not run backwards.</summary>
    internal bool IsOn { get; private set; }

    /// <summary>Whether this is a tape; it stays one while it runs backwards.</summary>
    internal bool IsTape { get; private set; }

    /// <summary>Whether trained parameters are variables, and layers train: every tape but a frozen one.</summary>
    internal bool Trains { get; private set; }

    /// <summary>The current backward pass.</summary>
    internal long Pass { get; private set; }

    /// <summary>What was recorded, in the order it ran.</summary>
    internal ReadOnlySpan<Recorded> Records => CollectionsMarshal.AsSpan(_records)[.._count];

    internal void Begin(bool isTape, bool trains) => (IsOn, IsTape, Trains, _count) = (isTape, isTape, trains, 0);

    internal void End() => Begin(isTape: false, trains: false);

    /// <summary>Records how a result was computed.</summary>
    internal void Add<TOp>(Node output, in TOp op) where TOp : struct, IOp
    {
        // The step before left a record of this kind at this place, unless the program took another path.
        var record = _count < _records.Count ? _records[_count] as Recorded<TOp> : null;
        if (record is null)
        {
            record = new Recorded<TOp>();
            if (_count < _records.Count) _records[_count] = record;
            else _records.Add(record);
        }

        record.Set(output, op);
        _count++;
        output.Tracker = this;
    }

    /// <summary>Seeds the gradient of a tensor and walks back from there; operations that it does not depend on are passed over.</summary>
    /// <param name="from">A tensor that this recording tracks.</param>
    /// <param name="gradient">Its gradient; null for 1.</param>
    /// <param name="pass">The number of the pass: gradients of other passes count as unwritten.</param>
    /// <param name="accumulate">Whether parameters' gradients of earlier passes are added to.</param>
    internal void Backward(Node from, Tensor? gradient, long pass, bool accumulate)
    {
        (Pass, _accumulate) = (pass, accumulate);
        Start(from, gradient);
        IsOn = false;
        try
        {
            for (var i = _count - 1; i >= 0; i--)
                if (_records[i].Output.GradientPass == Pass) _records[i].Backward();
        }
        finally
        {
            IsOn = true;
        }
    }

    /// <summary>
    /// Seeds the gradient. A given gradient is used without a copy, unless it lies in memory that this pass may overwrite: what an earlier pass
    /// wrote.
    /// </summary>
    void Start(Node node, Tensor? given)
    {
        if (given is not { } gradient)
        {
            var target = TargetOf(node).Tensor;
            target.Backend.Fill(target, 1f);
        }
        else if (node.Base is null && !node.Trainable && !gradient.Node.Storage.HoldsGradients)
            (node.Gradient, node.GradientPass, node.IsGradientLent) = (gradient.Node, Pass, true);
        else
        {
            var target = TargetOf(node);
            gradient.Backend.Add(gradient, 1f, target.Tensor, target.Accumulate);
        }
    }

    /// <summary>
    /// Where a tensor's gradient accumulates in this pass: the first writer overwrites, later ones add. A parameter's gradient outlives the
    /// tape, since it waits for the optimiser; a view's gradient is a view of its base's gradient.
    /// </summary>
    internal GradientTarget TargetOf(Node node)
    {
        var root = node.Root;
        if (root.IsGradientLent) (root.Gradient, root.IsGradientLent) = (null, false);
        var gradient = root.Gradient ??= root.Trainable
            ? Node.Unscoped(root.Shape, root.Storage.Backend)
            : Arena.NewNode(root.Shape, root.Storage.Backend);
        gradient.Storage.HoldsGradients = true;
        var written = root.GradientPass == Pass || (_accumulate && root.Trainable && root.GradientPass != 0);
        root.GradientPass = Pass;
        if (node == root) return new GradientTarget(new Tensor(gradient), written);

        if (!written && node.Shape.Elements != root.Shape.Elements)
        {
            // A part is written before its whole: the rest of the whole must start from zero.
            root.Storage.Backend.Fill(new Tensor(gradient), 0f);
            written = true;
        }

        return new GradientTarget(new Tensor(Arena.NewView(gradient, node.Shape, gradient.Offset + node.Offset - root.Offset)), written);
    }
}
