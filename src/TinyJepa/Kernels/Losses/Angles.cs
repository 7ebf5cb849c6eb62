using System.Runtime.CompilerServices;

namespace TinyJepa.Kernels;

/// <summary>Cosines and sines of multiples of an angle, from those of the angle itself.</summary>
static class Angles
{
    /// <summary>
    /// Cosines and sines of 2θ, 3θ, 4θ. Those of doubled angles come from the sine, 1 − 2s², whose relative precision near multiples of π
    /// the cosine does not have: 2c² − 1 applied four times would multiply its rounding error by 256.
    /// </summary>
    [MethodImpl(Kernel.Inline)]
    internal static void Multiples<V>(V c1, V s1, out V c2, out V s2, out V c3, out V s3, out V c4, out V s4) where V : struct, ILanes<V>
    {
        var one = V.Broadcast(1f);
        var twice = s1 + s1;
        c2 = one - twice * s1;
        s2 = twice * c1;
        var d = c2 + c2;
        c3 = c1 * (d - one);
        s3 = s1 * (d + one);
        twice = s2 + s2;
        c4 = one - twice * s2;
        s4 = twice * c2;
    }

    /// <summary>(c, s) rotated by the angle of (c4, s4).</summary>
    [MethodImpl(Kernel.Inline)]
    internal static void Rotate<V>(ref V c, ref V s, V c4, V s4) where V : struct, ILanes<V>
    {
        var rotated = c * c4 - s * s4;
        s = V.Fma(s, c4, c * s4);
        c = rotated;
    }
}
