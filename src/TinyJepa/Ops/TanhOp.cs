using System.Runtime.CompilerServices;
using TinyJepa.Kernels;

namespace TinyJepa;

/// <summary>y = tanh x.</summary>
public static class TanhOp
{
    extension(Tensor x)
    {
        /// <summary>y = tanh x.</summary>
        public Tensor Tanh() => x.Map(new Formula());
    }

    readonly struct Formula : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Value<V>(V x) where V : struct, ILanes<V> => Functions.Tanh(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Slope<V>(V x, V y) where V : struct, ILanes<V> => V.Fma(-y, y, V.Broadcast(1f));
    }
}
