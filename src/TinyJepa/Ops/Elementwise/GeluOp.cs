using System.Runtime.CompilerServices;
using TinyJepa.Export;
using TinyJepa.Kernels;

namespace TinyJepa;

/// <summary>y = x·Φ(x) with the exact normal distribution function Φ (Hendrycks &amp; Gimpel 2016): PyTorch's default.</summary>
public static class GeluOp
{
    extension(Tensor x)
    {
        /// <inheritdoc cref="GeluOp"/>
        public Tensor Gelu() => x.Map(new Formula());
    }

    internal readonly struct Formula : IUnary, IExportedUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Value<V>(V x) where V : struct, IFloats<V> => x * Functions.NormalCdf(x);

        /// <summary>Φ(x) + x·φ(x)</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Slope<V>(V x, V y) where V : struct, IFloats<V> => Functions.GeluSlope(x);

        public OnnxValue Export(OnnxValue x) => x * ((x / MathF.Sqrt(2f)).Apply("Erf") + 1f) * 0.5f;
    }
}
