using System.Runtime.CompilerServices;

namespace TinyJepa.Kernels;

/// <summary>
/// Normal samples (Box &amp; Muller 1958): 32 uniform ones in [0, 1) become √(−2 ln(1 − u))·(cos 2πv, sin 2πv), u the first half and v the second.
/// </summary>
/// <param name="values">The target; the last group may be cut short.</param>
/// <param name="n">How many samples.</param>
/// <param name="mean">Their mean.</param>
/// <param name="std">Their standard deviation.</param>
readonly unsafe struct BoxMuller(float* values, int n, float mean, float std) : Philox.IUse
{
    /// <summary>Samples of one group; a shorter last group consumes as many words.</summary>
    internal const int Group = 32;

    [MethodImpl(Kernel.NoInline)]
    public void Take<V>(float* words, int from, int count) where V : struct, ILanes<V>
    {
        var y = values + from;
        var end = Math.Min(count, n - from);
        for (var i = 0; i < end; i += Group)
        {
            // 1 − u is at least 2⁻²⁴ and the angle less than 2π: neither function has to handle special cases.
            var log = Functions.LogOfNormal(V.Broadcast(1f) - Philox.Unit(V.Load(words + i)));
            var radius = V.Sqrt(log * V.Broadcast(-2f)) * V.Broadcast(std);
            Functions.SinCosInRange(Philox.Unit(V.Load(words + i + 16)) * V.Broadcast(6.28318531f), out var sin, out var cos);
            V first = V.Fma(radius, cos, V.Broadcast(mean)), second = V.Fma(radius, sin, V.Broadcast(mean));
            if (i + Group <= end)
            {
                V.Store(first, y + i);
                V.Store(second, y + i + 16);
                continue;
            }

            if (end - i < 16)
            {
                Pack.Store(first, y + i, end - i);
                break;
            }

            V.Store(first, y + i);
            Pack.Store(second, y + i + 16, end - i - 16);
        }
    }
}
