using System.Runtime.CompilerServices;

namespace TinyJepa.Kernels;

/// <summary>32 uniform numbers in [0, 1) become 32 normal ones: √(−2 ln(1 − u))·(cos 2πv, sin 2πv).</summary>
static unsafe class BoxMuller
{
    internal static void Run(Span<float> pairs, float mean, float deviation)
    {
        fixed (float* values = pairs) Widest.Run(new Pairs(values, mean, deviation), 0);
    }

    readonly struct Pairs(float* values, float mean, float deviation) : IKernel
    {
        [MethodImpl(Kernel.Alone)]
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            var log = Functions.Log(V.Broadcast(1f) - V.Load(values));                     // 1 − u is never 0
            var radius = V.Sqrt(log * V.Broadcast(-2f)) * V.Broadcast(deviation);
            Functions.SinCos(V.Load(values + 16) * V.Broadcast(6.28318531f), out var sin, out var cos);
            V.Store(V.Fma(radius, cos, V.Broadcast(mean)), values);
            V.Store(V.Fma(radius, sin, V.Broadcast(mean)), values + 16);
        }
    }
}
