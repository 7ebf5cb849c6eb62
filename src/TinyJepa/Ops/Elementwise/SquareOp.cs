using System.Runtime.CompilerServices;
using TinyJepa.Export;
using TinyJepa.Kernels;

namespace TinyJepa;

/// <summary>y = x².</summary>
public static class SquareOp
{
    extension(Tensor x)
    {
        /// <inheritdoc cref="SquareOp"/>
        public Tensor Square() => x.Map(new Formula());
    }

    readonly struct Formula : IUnary, IExportedUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Value<V>(V x) where V : struct, IFloats<V> => x * x;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Slope<V>(V x, V y) where V : struct, IFloats<V> => x + x;

        public OnnxValue Export(OnnxValue x) => x * x;
    }
}
