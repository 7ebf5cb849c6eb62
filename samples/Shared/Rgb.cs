namespace TinyJepa.Samples;

/// <summary>A colour of 8 bits per channel.</summary>
/// <param name="R">Red.</param>
/// <param name="G">Green.</param>
/// <param name="B">Blue.</param>
public readonly record struct Rgb(byte R, byte G, byte B)
{
    /// <summary>Black.</summary>
    public static Rgb Black => default;

    /// <summary>White.</summary>
    public static Rgb White => new(255, 255, 255);

    /// <summary>A colour between two others.</summary>
    /// <param name="from">The colour at 0.</param>
    /// <param name="to">The colour at 1.</param>
    /// <param name="fraction">0 … 1; values outside, and NaN, are clamped.</param>
    public static Rgb Mix(Rgb from, Rgb to, float fraction)
    {
        fraction = fraction >= 0 ? Math.Min(fraction, 1) : 0;
        return new(Between(from.R, to.R), Between(from.G, to.G), Between(from.B, to.B));

        byte Between(byte a, byte b) => (byte)(a + (b - a) * fraction + 0.5f);
    }

    /// <summary>The colour as CSS writes it, for example <c>#31688e</c>.</summary>
    public override string ToString() => $"#{R:x2}{G:x2}{B:x2}";
}
