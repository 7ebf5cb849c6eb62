using TinyJepa.IO;

namespace TinyJepa.Samples.Inspect;

/// <summary>The statistics of one tensor, over its finite numbers.</summary>
/// <param name="Smallest">NaN if there is none.</param>
/// <param name="Mean">Summed in float64.</param>
/// <param name="Std">The root of the mean squared distance from the mean.</param>
/// <param name="Largest">NaN if there is none.</param>
/// <param name="NaN">How many are not a number.</param>
/// <param name="Infinite">How many are infinite.</param>
internal readonly record struct Figures(float Smallest, double Mean, double Std, float Largest, int NaN, int Infinite)
{
    /// <summary>Null for number types without a float32 form.</summary>
    internal static Figures? Of(StoredTensor tensor)
    {
        if (tensor.Type is ElementType.F8_E4M3 or ElementType.F8_E5M2) return null;
        if (tensor.TryFloats(out var inPlace)) return Of(inPlace);
        var values = new float[tensor.Shape.Elements];
        tensor.CopyTo(values, convert: true);
        return Of(values);
    }

    internal static Figures Of(ReadOnlySpan<float> values)
    {
        var (smallest, largest, sum, nan, infinite) = (float.NaN, float.NaN, 0.0, 0, 0);
        foreach (var value in values)
        {
            if (float.IsNaN(value)) nan++;
            else if (float.IsInfinity(value)) infinite++;
            else
            {
                if (!(value >= smallest)) smallest = value;
                if (!(value <= largest)) largest = value;
                sum += value;
            }
        }

        var count = values.Length - nan - infinite;
        var (mean, squares) = (sum / count, 0.0);
        foreach (var value in values)
            if (float.IsFinite(value)) squares += (value - mean) * (value - mean);
        return new Figures(smallest, mean, Math.Sqrt(squares / count), largest, nan, infinite);
    }
}
