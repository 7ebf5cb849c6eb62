using System.Runtime.CompilerServices;
using TinyJepa.Export;
using TinyJepa.Kernels;

namespace TinyJepa;

/// <summary>y = tanh x.</summary>
public static class TanhOp
{
    extension(Tensor x)
    {
        /// <inheritdoc cref="TanhOp"/>
        public Tensor Tanh() => x.Map(new Formula());
    }

    internal readonly struct Formula : IUnary, IExportedUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Value<V>(V x) where V : struct, IFloats<V> => Functions.Tanh(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Slope<V>(V x, V y) where V : struct, IFloats<V> => V.Fma(-y, y, V.Broadcast(1f));

        public OnnxValue Export(OnnxValue x) => x.Apply("Tanh");
    }
}
