namespace TinyJepa.Tests;

/// <summary>Comparisons of whole arrays; a failing one names the index, what was expected and what came.</summary>
static class Expect
{
    /// <summary>The rounding unit of float32: half the distance from 1 to the next float.</summary>
    internal const double Unit = 1.0 / (1 << 24);

    /// <summary>The same bits, of NaN too.</summary>
    internal static void Bits(ReadOnlySpan<float> expected, ReadOnlySpan<float> got, string what)
    {
        if (expected.Length != got.Length) Assert.Fail($"{what}: {expected.Length} elements expected, got {got.Length}.");
        for (var i = 0; i < got.Length; i++)
            if (BitConverter.SingleToInt32Bits(expected[i]) != BitConverter.SingleToInt32Bits(got[i]))
                Assert.Fail($"{what} at {i}: {Show(expected[i])} expected, {Show(got[i])} came.");
    }

    /// <summary>Within a tolerance for every element; NaN and the infinities must be where they are expected.</summary>
    internal static void Near(ReadOnlySpan<double> expected, ReadOnlySpan<float> got, Func<int, double> tolerance, string what)
    {
        if (expected.Length != got.Length) Assert.Fail($"{what}: {expected.Length} elements expected, got {got.Length}.");
        for (var i = 0; i < got.Length; i++)
        {
            if (double.IsNaN(expected[i]) ? float.IsNaN(got[i]) : expected[i] == got[i]) continue;
            if (!(Math.Abs(expected[i] - got[i]) <= tolerance(i)))
                Assert.Fail($"{what} at {i}: {expected[i]:R} expected, {got[i]:R} came, {Math.Abs(expected[i] - got[i]):G3} apart; {tolerance(i):G3} allowed.");
        }
    }

    /// <summary>The distance in units in the last place of the float nearest to what was expected.</summary>
    internal static double Ulps(double expected, float got)
    {
        if (double.IsNaN(expected)) return float.IsNaN(got) ? 0 : double.PositiveInfinity;
        if (expected == got || (float)expected == got) return Math.Abs(expected - got) is var d && double.IsFinite(d) ? d / Ulp(expected) : 0;
        return float.IsFinite(got) && double.IsFinite(expected) ? Math.Abs(expected - got) / Ulp(expected) : double.PositiveInfinity;
    }

    /// <summary>The distance between neighbouring floats at x.</summary>
    internal static double Ulp(double x)
    {
        var size = Math.Min(Math.Abs(x), float.MaxValue);
        return size < 1.1754943508222875e-38 ? float.Epsilon : Math.ScaleB(1, Math.ILogB(size) - 23);
    }

    static string Show(float x) => $"{x:R} (0x{BitConverter.SingleToInt32Bits(x):X8})";
}
