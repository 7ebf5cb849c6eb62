using System.Runtime.CompilerServices;
using TinyJepa.Kernels;

namespace TinyJepa;

/// <summary>y = x·Φ(x) with the exact normal distribution function Φ (Hendrycks &amp; Gimpel 2016): PyTorch's default.</summary>
public static class GeluOp
{
    extension(Tensor x)
    {
        /// <summary>y = x·Φ(x) with the exact normal distribution function Φ (Hendrycks &amp; Gimpel 2016): PyTorch's default.</summary>
        public Tensor Gelu() => x.Map(new Formula());
    }

    internal readonly struct Formula : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Value<V>(V x) where V : struct, ILanes<V> => x * Phi(x);

        /// <summary>Φ(x) + x·φ(x)</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Slope<V>(V x, V y) where V : struct, ILanes<V>
        {
            const float density = 0.398942280f;                                       // 1/√(2π)
            var bell = Functions.Exp(x * x * V.Broadcast(-0.5f)) * V.Broadcast(density);
            return V.Fma(x, bell, Phi(x));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static V Phi<V>(V x) where V : struct, ILanes<V> =>
            V.Fma(Functions.Erf(x * V.Broadcast(0.707106781f)), V.Broadcast(0.5f), V.Broadcast(0.5f));
    }
}
