using System.Runtime.CompilerServices;
using TinyJepa.Export;
using TinyJepa.Kernels;

namespace TinyJepa;

/// <summary>y = max(a, b); where both are equal, each gets half of the gradient.</summary>
public static class MaximumOp
{
    extension(Tensor a)
    {
        /// <inheritdoc cref="MaximumOp"/>
        /// <param name="b">a's shape, a's last axes, or a scalar.</param>
        public Tensor Maximum(Tensor b) => a.Zip(b, new Formula());
    }

    readonly struct Formula : IBinary, IExportedBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Value<V>(V a, V b) where V : struct, IFloats<V> => V.Max(a, b);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V SlopeA<V>(V a, V b, V y) where V : struct, IFloats<V> =>
            V.Select(V.Less(a, b), V.Broadcast(0f), V.Select(V.Less(b, a), V.Broadcast(1f), V.Broadcast(0.5f)));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V SlopeB<V>(V a, V b, V y) where V : struct, IFloats<V> =>
            V.Select(V.Less(a, b), V.Broadcast(1f), V.Select(V.Less(b, a), V.Broadcast(0f), V.Broadcast(0.5f)));

        public OnnxValue Export(OnnxValue a, OnnxValue b) => a.Graph.Add("Max", [a, b]);
    }
}
