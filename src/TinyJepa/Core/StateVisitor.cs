namespace TinyJepa;

/// <summary>
/// Something with state that a resumed run needs: an optimiser, a random stream, batches. It names its state once; the same code saves, checks and
/// restores it, so that nothing can be forgotten in one of the three.
/// </summary>
public interface IResumable
{
    /// <summary>Visits every value that the rest of the run depends on.</summary>
    /// <param name="state">Reads the values when saving, overwrites them when restoring.</param>
    void Visit(StateVisitor state);
}

/// <summary>Saves, checks or restores the state of an <see cref="IResumable"/>.</summary>
public abstract class StateVisitor
{
    /// <summary>The part of the state under a name.</summary>
    public abstract StateVisitor this[string name] { get; }

    /// <summary>A tensor.</summary>
    public abstract void Visit(string name, Tensor values);

    /// <summary>A list of integers.</summary>
    public abstract void Visit(string name, Span<int> values);

    /// <summary>One integer.</summary>
    public abstract void Visit(string name, ref long value);

    /// <summary>One double.</summary>
    public abstract void Visit(string name, ref double value);

    /// <summary>An integer that must be the same when restoring, such as a random stream's key.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its value here.</param>
    /// <param name="meaning">What another value would mean, for the error's sentence.</param>
    public abstract void Match(string name, long value, string meaning);
}
