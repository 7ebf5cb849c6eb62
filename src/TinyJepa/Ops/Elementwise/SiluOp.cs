using System.Runtime.CompilerServices;
using TinyJepa.Export;
using TinyJepa.Kernels;

namespace TinyJepa;

/// <summary>y = x·σ(x) (Elfwing et al. 2018, eq. 4).</summary>
public static class SiluOp
{
    extension(Tensor x)
    {
        /// <inheritdoc cref="SiluOp"/>
        public Tensor Silu() => x.Map(new Formula());
    }

    internal readonly struct Formula : IUnary, IExportedUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Value<V>(V x) where V : struct, IFloats<V> => x / (V.Broadcast(1f) + Functions.Exp(-x));

        /// <summary>σ(x)·(1 + x·(1 − σ(x)))</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Slope<V>(V x, V y) where V : struct, IFloats<V>
        {
            var sigmoid = Functions.Sigmoid(x);
            return V.Fma(x - y, sigmoid, sigmoid);
        }

        public OnnxValue Export(OnnxValue x) => x * x.Apply("Sigmoid");
    }
}
