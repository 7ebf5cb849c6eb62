using System.Runtime.CompilerServices;
using TinyJepa.Export;
using TinyJepa.Kernels;

namespace TinyJepa;

/// <summary>y = cos x, for |x| up to 2·10⁶.</summary>
public static class CosOp
{
    extension(Tensor x)
    {
        /// <inheritdoc cref="CosOp"/>
        public Tensor Cos() => x.Map(new Formula());
    }

    readonly struct Formula : IUnary, IExportedUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Value<V>(V x) where V : struct, IFloats<V> => Functions.Cos(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Slope<V>(V x, V y) where V : struct, IFloats<V> => -Functions.Sin(x);

        public OnnxValue Export(OnnxValue x) => x.Apply("Cos");
    }
}
