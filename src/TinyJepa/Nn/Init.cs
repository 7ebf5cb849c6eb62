namespace TinyJepa.Nn;

/// <summary>Initial values of a parameter. They depend on the seed and the parameter's path only, never on the order of construction.</summary>
/// <param name="values">The parameter's elements, to be written.</param>
/// <param name="rng">The parameter's own random stream.</param>
public delegate void Initializer(Span<float> values, Rng rng);

/// <summary>The usual initialisers, with the distributions that PyTorch uses.</summary>
public static class Init
{
    /// <summary>All zero.</summary>
    public static Initializer Zero { get; } = static (values, _) => values.Clear();

    /// <summary>All one.</summary>
    public static Initializer One { get; } = static (values, _) => values.Fill(1f);

    /// <summary>Uniform in [−bound, bound).</summary>
    public static Initializer Uniform(float bound) => (values, rng) => rng.FillUniform(values, -bound, bound);

    /// <summary>Uniform in ±1/√inputs: PyTorch's default for weight and bias of linear and convolution layers.</summary>
    public static Initializer FanIn(int inputs) => Uniform(1f / MathF.Sqrt(inputs));

    /// <summary>Uniform in ±√(6/(inputs + outputs)) (Glorot &amp; Bengio 2010, eq. 16).</summary>
    public static Initializer Glorot(int inputs, int outputs) => Uniform(MathF.Sqrt(6f / (inputs + outputs)));

    /// <summary>Normal with mean 0.</summary>
    public static Initializer Normal(float std) => (values, rng) => rng.FillNormal(values, 0f, std);

    /// <summary>Normal with mean 0, drawn again outside ±2: PyTorch's trunc_normal_, whose bounds are absolute.</summary>
    public static Initializer TruncatedNormal(float std) => (values, rng) =>
    {
        Span<float> one = stackalloc float[1];
        rng.FillNormal(values, 0f, std);
        foreach (ref var value in values)
        {
            while (MathF.Abs(value) > 2f)
            {
                rng.FillNormal(one, 0f, std);
                value = one[0];
            }
        }
    };
}
