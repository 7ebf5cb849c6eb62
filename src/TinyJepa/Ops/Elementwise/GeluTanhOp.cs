using System.Runtime.CompilerServices;
using TinyJepa.Export;
using TinyJepa.Kernels;

namespace TinyJepa;

/// <summary>y = x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))), the tanh form of GELU (Hendrycks &amp; Gimpel 2016, §2).</summary>
public static class GeluTanhOp
{
    extension(Tensor x)
    {
        /// <inheritdoc cref="GeluTanhOp"/>
        public Tensor GeluTanh() => x.Map(new Formula());
    }

    internal readonly struct Formula : IUnary, IExportedUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Value<V>(V x) where V : struct, IFloats<V> => x / (V.Broadcast(1f) + Functions.Exp(Inner(x)));

        /// <summary>σ + y·(1 − σ)·2u′(x), for σ = σ(2u): ½(1 + tanh u) is the logistic function of 2u, which keeps small values exact.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Slope<V>(V x, V y) where V : struct, IFloats<V>
        {
            var sigmoid = V.Broadcast(1f) / (V.Broadcast(1f) + Functions.Exp(Inner(x)));
            var slope = V.Fma(x * x, V.Broadcast(6f * Root * Cubic), V.Broadcast(2f * Root));
            return V.Fma(V.Fma(-sigmoid, y, y), slope, sigmoid);
        }

        const float Root = 0.797884561f, Cubic = 0.044715f;                           // √(2/π)

        /// <summary>−2u = −2√(2/π)·(x + 0.044715·x³)</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static V Inner<V>(V x) where V : struct, IFloats<V> => x * V.Fma(x * x, V.Broadcast(-2f * Root * Cubic), V.Broadcast(-2f * Root));

        public OnnxValue Export(OnnxValue x) => x * (((x * x * x * Cubic + x) * Root).Apply("Tanh") + 1f) * 0.5f;
    }
}
