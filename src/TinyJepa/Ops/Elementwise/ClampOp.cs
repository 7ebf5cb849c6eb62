using System.Runtime.CompilerServices;
using TinyJepa.Export;
using TinyJepa.Kernels;

namespace TinyJepa;

/// <summary>y = x held within [low, high]; its slope is 1 inside and on the bounds, 0 outside.</summary>
public static class ClampOp
{
    extension(Tensor x)
    {
        /// <inheritdoc cref="ClampOp"/>
        public Tensor Clamp(float low, float high) => x.Map(new Formula(low, high));
    }

    readonly struct Formula(float low, float high) : IUnary, IExportedUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Value<V>(V x) where V : struct, IFloats<V> => V.Min(V.Max(x, V.Broadcast(low)), V.Broadcast(high));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Slope<V>(V x, V y) where V : struct, IFloats<V> =>
            V.Select(V.Less(x, V.Broadcast(low)), V.Broadcast(0f), V.Select(V.Less(V.Broadcast(high), x), V.Broadcast(0f), V.Broadcast(1f)));

        public OnnxValue Export(OnnxValue x) => x.Graph.Add("Clip", [x, x.Graph.Constant(low), x.Graph.Constant(high)]);
    }
}
