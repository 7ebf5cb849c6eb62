namespace TinyJepa.Kernels;

/// <summary>A function of one variable; a struct, so that every loop over it is compiled for it.</summary>
/// <remarks>Element by element: a loop may pass several packs at once as one, so it sees elements only, never their neighbours.</remarks>
public interface IUnaryFunction
{
    /// <summary>y = f(x).</summary>
    V Value<V>(V x) where V : struct, IFloats<V>;
}

/// <summary>A function of one variable and its derivative: the formula of an operation.</summary>
public interface IUnary : IUnaryFunction
{
    /// <summary>dy/dx, from x and the y computed before.</summary>
    V Slope<V>(V x, V y) where V : struct, IFloats<V>;
}

/// <summary>A function of two variables.</summary>
public interface IBinaryFunction
{
    /// <summary>y = f(a, b).</summary>
    V Value<V>(V a, V b) where V : struct, IFloats<V>;
}

/// <summary>A function of two variables and its partial derivatives: the formula of an operation.</summary>
public interface IBinary : IBinaryFunction
{
    /// <summary>∂y/∂a, from a, b and the y computed before.</summary>
    V SlopeA<V>(V a, V b, V y) where V : struct, IFloats<V>;

    /// <summary>∂y/∂b, from a, b and the y computed before.</summary>
    V SlopeB<V>(V a, V b, V y) where V : struct, IFloats<V>;
}

/// <summary>y = x: for kernels that take a formula, when none is applied.</summary>
public readonly struct Identity : IUnary
{
    /// <inheritdoc/>
    public V Value<V>(V x) where V : struct, IFloats<V> => x;

    /// <inheritdoc/>
    public V Slope<V>(V x, V y) where V : struct, IFloats<V> => V.Broadcast(1f);
}
