namespace TinyJepa;

/// <summary>
/// Whatever is made inside a scope dies with it, and its memory serves the next one. Inside a <see cref="Tape"/>, a plain scope is the
/// no-gradient block.
/// </summary>
/// <example><code>
/// using var scope = Scope.Begin();
/// var y = model.Forward(x);
/// return y.ToArray();
/// </code></example>
public readonly ref struct Scope
{
    readonly Arena _arena;
    readonly long _serial;

    Scope(Arena arena) => (_arena, _serial) = (arena, arena.Serial);

    /// <summary>Opens a scope on this thread, inside the one that is open.</summary>
    public static Scope Begin() => new(Arena.Open(isTape: false, trains: false));

    /// <summary>
    /// Lets a tensor of this scope, or of one inside it, outlive it: it now belongs to the scope around it, or to whoever holds it. Gradients
    /// stop there.
    /// </summary>
    /// <returns>The same tensor.</returns>
    public Tensor Keep(Tensor x)
    {
        _arena.Keep(x.Node);
        return x;
    }

    /// <summary>Ends the scope and everything made in it, scopes inside it included.</summary>
    public void Dispose() => _arena?.Close(_serial);
}
