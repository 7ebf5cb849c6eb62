using System.Runtime.CompilerServices;
using TinyJepa.Export;
using TinyJepa.Kernels;

namespace TinyJepa;

/// <summary>y = max(x, 0); its slope at 0 is 0.</summary>
public static class ReluOp
{
    extension(Tensor x)
    {
        /// <inheritdoc cref="ReluOp"/>
        public Tensor Relu() => x.Map(new Formula());
    }

    internal readonly struct Formula : IUnary, IExportedUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Value<V>(V x) where V : struct, IFloats<V> => V.Max(x, V.Broadcast(0f));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Slope<V>(V x, V y) where V : struct, IFloats<V> => V.And(V.Less(V.Broadcast(0f), x), V.Broadcast(1f));

        public OnnxValue Export(OnnxValue x) => x.Apply("Relu");
    }
}
