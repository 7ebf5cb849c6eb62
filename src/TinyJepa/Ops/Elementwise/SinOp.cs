using System.Runtime.CompilerServices;
using TinyJepa.Export;
using TinyJepa.Kernels;

namespace TinyJepa;

/// <summary>y = sin x, for |x| up to 2·10⁶.</summary>
public static class SinOp
{
    extension(Tensor x)
    {
        /// <inheritdoc cref="SinOp"/>
        public Tensor Sin() => x.Map(new Formula());
    }

    readonly struct Formula : IUnary, IExportedUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Value<V>(V x) where V : struct, IFloats<V> => Functions.Sin(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Slope<V>(V x, V y) where V : struct, IFloats<V> => Functions.Cos(x);

        public OnnxValue Export(OnnxValue x) => x.Apply("Sin");
    }
}
