using System.Runtime.CompilerServices;
using TinyJepa.Export;
using TinyJepa.Kernels;

namespace TinyJepa;

/// <summary>y = −x.</summary>
public static class NegOp
{
    extension(Tensor x)
    {
        /// <inheritdoc cref="NegOp"/>
        public Tensor Neg() => x.Map(new Formula());
    }

    readonly struct Formula : IUnary, IExportedUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Value<V>(V x) where V : struct, IFloats<V> => -x;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Slope<V>(V x, V y) where V : struct, IFloats<V> => V.Broadcast(-1f);

        public OnnxValue Export(OnnxValue x) => x.Apply("Neg");
    }
}
