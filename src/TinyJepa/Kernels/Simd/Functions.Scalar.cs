namespace TinyJepa.Kernels;

/// <summary>The functions of a single float, for schedules and planners: their results must not depend on the system's mathematical library either.</summary>
public static partial class Functions
{
    /// <summary>The bits of <see cref="Exp{V}(V)"/>.</summary>
    internal static float Exp(float x) => First(Exp(LanesScalar.Broadcast(x)));

    /// <summary>The bits of the cosine of <see cref="SinCos{V}(V, out V, out V)"/>.</summary>
    internal static float Cos(float x)
    {
        SinCos(LanesScalar.Broadcast(x), out _, out var cos);
        return First(cos);
    }

    static float First(LanesScalar lanes) => lanes[0];
}
