namespace TinyJepa;

/// <summary>
/// A <see cref="Scope"/> that records its operations in the order they ran, so that walking the list backwards gives gradients
/// (reverse-mode differentiation). While a tape is the innermost scope, layers train: dropout is on, normalisation uses the batch.
/// </summary>
/// <example><code>
/// using var tape = Tape.Begin();
/// var loss = (model.Forward(x) - target).Square().Mean();
/// tape.Backward(loss);
/// adam.Step();
/// </code></example>
public readonly ref struct Tape
{
    static long _passes;

    readonly Arena _arena;
    readonly long _serial;

    Tape(Arena arena) => (_arena, _serial) = (arena, arena.Serial);

    /// <summary>Whether the innermost scope of this thread is a tape that trains: not a frozen one.</summary>
    public static bool IsOpen => Arena.Current is { Recording.Trains: true };

    /// <summary>Opens a tape on this thread.</summary>
    public static Tape Begin() => new(Arena.Open(isTape: true, trains: true));

    /// <summary>
    /// Opens a tape for which trained parameters are constants: it tracks only what <see cref="Watch"/> is called with, layers compute as they do
    /// outside training, and the parameters' own gradients are left alone. For gradients through a finished model, as in planning.
    /// </summary>
    public static Tape BeginFrozen() => new(Arena.Open(isTape: true, trains: false));

    /// <summary>Whether an operation on these inputs must be recorded.</summary>
    public static bool Tracks(Tensor a) => Arena.Current is { Recording: { IsOn: true } tape } && a.Node.Root.TrackedBy(tape);

    /// <inheritdoc cref="Tracks(Tensor)"/>
    public static bool Tracks(Tensor a, Tensor b) =>
        Arena.Current is { Recording: { IsOn: true } tape } && (a.Node.Root.TrackedBy(tape) || b.Node.Root.TrackedBy(tape));

    /// <inheritdoc cref="Tracks(Tensor)"/>
    public static bool Tracks(Tensor a, Tensor b, Tensor c) => Tracks(a, b) || Tracks(c);

    /// <summary>Records how <paramref name="y"/> was computed. Call it only if <see cref="Tracks(Tensor)"/> says so.</summary>
    public static void Add<TOp>(Tensor y, in TOp op) where TOp : struct, IOp
    {
        if (Arena.Current is not { Recording: { IsOn: true } tape })
            throw new InvalidOperationException("No tape is open: call Tape.Tracks before adding an operation.");
        tape.Add(y.Node, op);
    }

    /// <summary>The same elements as a variable of this tape: <see cref="Gradient"/> gives the loss's gradient with respect to it.</summary>
    public Tensor Watch(Tensor x)
    {
        var node = Arena.NewView(x.Node, x.Shape, x.Node.Offset);
        node.Base = null;
        node.Tracker = Open();
        return new Tensor(node);
    }

    /// <summary>Computes the gradients of a scalar with respect to every trained parameter and watched tensor it depends on.</summary>
    /// <param name="loss">A scalar computed on this tape.</param>
    /// <param name="accumulate">Add to the parameters' gradients of earlier passes since the optimiser's last step instead of replacing them.</param>
    /// <exception cref="InvalidOperationException">The loss is not a scalar, or does not depend on anything this tape tracks.</exception>
    public void Backward(Tensor loss, bool accumulate = false)
    {
        var tape = Open();
        if (loss.Shape.Elements != 1) Throw.NotScalar(loss.Shape);
        if (!loss.Node.Root.TrackedBy(tape)) Throw.NoHistory();
        tape.Backward(loss.Node, null, NextPass(), accumulate);
    }

    /// <summary>
    /// Computes the gradients with respect to every trained parameter and watched tensor that y depends on, from a given gradient with respect
    /// to y: the vector–Jacobian product. For a y whose own gradient is known from elsewhere.
    /// </summary>
    /// <param name="y">A tensor computed on this tape.</param>
    /// <param name="gradient">The gradient with respect to y, of its shape. It must not change before the tape is disposed.</param>
    /// <param name="accumulate">Add to the parameters' gradients of earlier passes since the optimiser's last step instead of replacing them.</param>
    /// <exception cref="ArgumentException">The shapes or the backends differ.</exception>
    /// <exception cref="InvalidOperationException">y does not depend on anything this tape tracks.</exception>
    public void Backward(Tensor y, Tensor gradient, bool accumulate = false)
    {
        var tape = Open();
        if (y.Shape != gradient.Shape) Throw.Mismatch("Backward", y.Shape, gradient.Shape, "y and its gradient have the same shape");
        if (y.Backend != gradient.Backend) Throw.Backends(y.Backend, gradient.Backend);
        if (!y.Node.Root.TrackedBy(tape)) Throw.NoHistory();
        tape.Backward(y.Node, gradient, NextPass(), accumulate);
    }

    /// <summary>The gradient of the last <see cref="Backward(Tensor, bool)"/> with respect to a tensor of this tape or a parameter.</summary>
    /// <exception cref="InvalidOperationException">The loss did not depend on it.</exception>
    public Tensor Gradient(Tensor x)
    {
        var tape = Open();
        var root = x.Node.Root;
        if (root.Gradient is not { } gradient || root.GradientPass != tape.Pass) throw new InvalidOperationException(
            $"The tensor of shape {x.Shape} has no gradient: the loss does not depend on it, "
            + "or it was neither computed on this tape, watched nor a trained parameter.");
        return new Tensor(x.Node.Base is null ? gradient : Arena.NewView(gradient, x.Shape, gradient.Offset + x.Node.Offset - root.Offset));
    }

    /// <inheritdoc cref="Scope.Keep"/>
    public Tensor Keep(Tensor x)
    {
        _arena.Keep(x.Node);
        return x;
    }

    /// <summary>Ends the tape and everything made on it, scopes inside it included.</summary>
    public void Dispose() => _arena?.Close(_serial);

    static long NextPass() => Interlocked.Increment(ref _passes);

    Recording Open()
    {
        if (_arena is null || _arena.Serial != _serial || Arena.Current != _arena)
            throw new InvalidOperationException(
                "This tape is not the innermost open scope of the thread: close the scopes inside it first, and use it before it is disposed.");
        return _arena.Recording;
    }
}
