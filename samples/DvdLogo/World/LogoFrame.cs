using CommunityToolkit.HighPerformance;

namespace TinyJepa.Samples.DvdLogo;

/// <summary>
/// The picture of the world: a Gaussian blob, frame[y, x] = exp(−((y − p_y)² + (x − p_x)²) / 2σ²).
/// </summary>
/// <remarks>
/// NumPy evaluates this in float64 and rounds once at the end; so does this code, in the same order. The exponential is a polynomial of
/// additions and multiplications only, because a system's own may differ in the last bit from another system's. It is within two units of
/// float64, so that a rounded float32 pixel differs from the correctly rounded one less than once in 10⁸ pixels; all 6,553,600 pixels of
/// the published training set agree with NumPy.
/// </remarks>
public static class LogoFrame
{
    /// <summary>Rows, and columns, of a frame.</summary>
    public const int Side = 16;

    /// <summary>Pixels in a frame.</summary>
    public const int Length = Side * Side;

    const double Sigma = 1.5;

    /// <summary>Draws the logo.</summary>
    /// <param name="centre">Where it is, in pixels.</param>
    /// <param name="frame">[256], rows from the top; values in [0, 1].</param>
    public static void Render(Position centre, Span<float> frame)
    {
        var pixels = frame.AsSpan2D(Side, Side);
        Span<double> columns = stackalloc double[Side];
        for (var x = 0; x < Side; x++) columns[x] = (x - (double)centre.X) * (x - (double)centre.X);

        for (var y = 0; y < Side; y++)
        {
            var row = (y - (double)centre.Y) * (y - (double)centre.Y);
            for (var x = 0; x < Side; x++) pixels[y, x] = (float)Exp(-((row + columns[x]) / (2 * Sigma * Sigma)));
        }
    }

    /// <summary>eˣ for x in [−100, 0]: x = n·ln 2 + r with |r| ≤ ½ ln 2, then the Taylor series of eʳ and an exact scaling by 2ⁿ.</summary>
    static double Exp(double x)
    {
        // ln 2 in two parts: the first has so few bits that n times it is exact.
        const double High = 6.93147180369123816490e-01, Low = 1.90821492927058770002e-10;

        var n = Math.Floor(x * 1.4426950408889634 + 0.5);
        var r = x - n * High - n * Low;

        var p = 1.0 / 6227020800;                       // 1/13!; the next term is below 5e-18
        p = p * r + 1.0 / 479001600;
        p = p * r + 1.0 / 39916800;
        p = p * r + 1.0 / 3628800;
        p = p * r + 1.0 / 362880;
        p = p * r + 1.0 / 40320;
        p = p * r + 1.0 / 5040;
        p = p * r + 1.0 / 720;
        p = p * r + 1.0 / 120;
        p = p * r + 1.0 / 24;
        p = p * r + 1.0 / 6;
        p = p * r + 0.5;
        return (1 + (r + r * r * p)) * BitConverter.Int64BitsToDouble((long)(n + 1023) << 52);
    }
}
