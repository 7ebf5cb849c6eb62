using System.Runtime.CompilerServices;
using TinyJepa.Export;
using TinyJepa.Kernels;

namespace TinyJepa;

/// <summary>y = |x|; its slope at 0 is 0.</summary>
public static class AbsOp
{
    extension(Tensor x)
    {
        /// <inheritdoc cref="AbsOp"/>
        public Tensor Abs() => x.Map(new Formula());
    }

    readonly struct Formula : IUnary, IExportedUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Value<V>(V x) where V : struct, IFloats<V> => Functions.Abs(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Slope<V>(V x, V y) where V : struct, IFloats<V> => Functions.Sign(x);

        public OnnxValue Export(OnnxValue x) => x.Apply("Abs");
    }
}
