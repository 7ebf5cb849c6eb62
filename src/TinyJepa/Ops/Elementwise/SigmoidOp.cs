using System.Runtime.CompilerServices;
using TinyJepa.Export;
using TinyJepa.Kernels;

namespace TinyJepa;

/// <summary>y = σ(x) = 1/(1 + e⁻ˣ).</summary>
public static class SigmoidOp
{
    extension(Tensor x)
    {
        /// <inheritdoc cref="SigmoidOp"/>
        public Tensor Sigmoid() => x.Map(new Formula());
    }

    internal readonly struct Formula : IUnary, IExportedUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Value<V>(V x) where V : struct, IFloats<V> => Functions.Sigmoid(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Slope<V>(V x, V y) where V : struct, IFloats<V> => y * (V.Broadcast(1f) - y);

        public OnnxValue Export(OnnxValue x) => x.Apply("Sigmoid");
    }
}
