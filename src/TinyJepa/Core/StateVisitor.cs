namespace TinyJepa;

/// <summary>
/// Something whose future depends on more than its parameters: an optimiser, a random stream, a row of batches. A checkpoint stores it by
/// letting it name its values once; the same line saves, checks and restores, so that none can be forgotten in one of the three.
/// </summary>
public interface IResumable
{
    /// <summary>Names every value that the future depends on.</summary>
    /// <param name="state">Reads the values when saving, writes them when restoring.</param>
    void Visit(StateVisitor state);
}

/// <summary>The values of an <see cref="IResumable"/> on their way into or out of a checkpoint.</summary>
public abstract class StateVisitor
{
    /// <summary>The part of the state under a name.</summary>
    public abstract StateVisitor this[string name] { get; }

    /// <summary>The elements of a tensor.</summary>
    public abstract void Visit(string name, Tensor values);

    /// <summary>A row of integers.</summary>
    public abstract void Visit(string name, Span<int> values);

    /// <summary>One integer.</summary>
    public abstract void Visit(string name, ref long value);

    /// <summary>One value of double precision.</summary>
    public abstract void Visit(string name, ref double value);

    /// <summary>An integer that must be the same when restoring, such as a random stream's key.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its value here.</param>
    /// <param name="meaning">What another value would mean, for the error's sentence.</param>
    public abstract void Match(string name, long value, string meaning);
}
