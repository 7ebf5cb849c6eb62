namespace TinyJepa.Nn;

/// <summary>Sizes of a configuration that have to fit together; what does not is refused in a sentence that names both.</summary>
static class Fit
{
    internal static void Positive(int value, string name)
    {
        if (value < 1) throw new ArgumentException($"{name} must be at least 1, not {value}.");
    }

    internal static void NotNegative(int value, string name)
    {
        if (value < 0) throw new ArgumentException($"{name} must be at least 0, not {value}.");
    }

    /// <summary>A dropout rate.</summary>
    internal static void Rate(float value, string name)
    {
        if (!(value >= 0f && value < 1f)) throw new ArgumentException($"{name} lies in [0, 1), not {value}.");
    }

    /// <summary>A size that another divides.</summary>
    internal static void Multiple(int value, string name, int divisor, string divisorName)
    {
        Positive(value, name);
        Positive(divisor, char.ToUpperInvariant(divisorName[0]) + divisorName[1..]);
        if (value % divisor != 0) throw new ArgumentException($"{name}, {value}, must be a multiple of {divisorName}, {divisor}.");
    }
}
