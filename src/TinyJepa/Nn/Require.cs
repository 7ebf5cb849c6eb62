namespace TinyJepa.Nn;

/// <summary>Checks of sizes in constructors and configurations: what is wrong is an <see cref="ArgumentException"/> whose message names the size.</summary>
static class Require
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
        if (!(value >= 0f && value < 1f)) throw new ArgumentException($"{name} must be in [0, 1), not {value}.");
    }

    /// <summary>A size that another divides.</summary>
    internal static void Multiple(int value, string name, int divisor, string divisorName)
    {
        Positive(value, name);
        Positive(divisor, char.ToUpperInvariant(divisorName[0]) + divisorName[1..]);
        if (value % divisor != 0) throw new ArgumentException($"{name}, {value}, must be a multiple of {divisorName}, {divisor}.");
    }
}
