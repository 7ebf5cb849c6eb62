using System.Runtime.CompilerServices;
using TinyJepa.Export;
using TinyJepa.Kernels;

namespace TinyJepa;

/// <summary>y = √x.</summary>
public static class SqrtOp
{
    extension(Tensor x)
    {
        /// <inheritdoc cref="SqrtOp"/>
        public Tensor Sqrt() => x.Map(new Formula());
    }

    readonly struct Formula : IUnary, IExportedUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Value<V>(V x) where V : struct, IFloats<V> => V.Sqrt(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Slope<V>(V x, V y) where V : struct, IFloats<V> => V.Broadcast(0.5f) / y;

        public OnnxValue Export(OnnxValue x) => x.Apply("Sqrt");
    }
}
