using System.Runtime.CompilerServices;
using TinyJepa.Kernels;

namespace TinyJepa;

/// <summary>y = x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))), the tanh form of GELU (Hendrycks &amp; Gimpel 2016, §2).</summary>
public static class GeluTanhOp
{
    extension(Tensor x)
    {
        /// <summary>y = x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))), the tanh form of GELU (Hendrycks &amp; Gimpel 2016, §2).</summary>
        public Tensor GeluTanh() => x.Map(new Formula());
    }

    readonly struct Formula : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Value<V>(V x) where V : struct, ILanes<V> =>
            x * V.Fma(Functions.Tanh(Inner(x)), V.Broadcast(0.5f), V.Broadcast(0.5f));

        /// <summary>½(1 + t) + ½x·(1 − t²)·u′(x), for t = tanh u(x)</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Slope<V>(V x, V y) where V : struct, ILanes<V>
        {
            var t = Functions.Tanh(Inner(x));
            var slope = V.Fma(x * x, V.Broadcast(3f * Root * Cubic), V.Broadcast(Root));
            var half = V.Broadcast(0.5f);
            return V.Fma(x * half * slope, V.Fma(-t, t, V.Broadcast(1f)), V.Fma(t, half, half));
        }

        const float Root = 0.797884561f, Cubic = 0.044715f;                           // √(2/π)

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static V Inner<V>(V x) where V : struct, ILanes<V> => x * V.Fma(x * x, V.Broadcast(Root * Cubic), V.Broadcast(Root));
    }
}
