using System.Runtime.CompilerServices;
using TinyJepa.Export;
using TinyJepa.Kernels;

namespace TinyJepa;

/// <summary>y = eˣ.</summary>
public static class ExpOp
{
    extension(Tensor x)
    {
        /// <inheritdoc cref="ExpOp"/>
        public Tensor Exp() => x.Map(new Formula());
    }

    readonly struct Formula : IUnary, IExportedUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Value<V>(V x) where V : struct, IFloats<V> => Functions.Exp(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Slope<V>(V x, V y) where V : struct, IFloats<V> => y;

        public OnnxValue Export(OnnxValue x) => x.Apply("Exp");
    }
}
