namespace TinyJepa;

/// <summary>An operation of a recording and its result.</summary>
abstract class Recorded
{
    internal Node Output { get; private protected set; } = null!;

    /// <summary>The operation itself, as a copy.</summary>
    internal abstract IOp Operation { get; }

    internal abstract void Backward();
}

/// <summary>The record of one kind of operation; the struct inside is all that its backward pass reads.</summary>
sealed class Recorded<TOp> : Recorded where TOp : struct, IOp
{
    TOp _op;

    internal void Set(Node output, in TOp op)
    {
        Output = output;
        _op = op;
    }

    internal override IOp Operation => _op;

    internal override void Backward() => _op.Backward(new Tensor(Output.Gradient!));
}
