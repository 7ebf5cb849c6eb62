using System.Runtime.CompilerServices;
using TinyJepa.Export;
using TinyJepa.Kernels;

namespace TinyJepa;

/// <summary>y = ln x; −∞ at 0, NaN below.</summary>
public static class LogOp
{
    extension(Tensor x)
    {
        /// <inheritdoc cref="LogOp"/>
        public Tensor Log() => x.Map(new Formula());
    }

    readonly struct Formula : IUnary, IExportedUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Value<V>(V x) where V : struct, IFloats<V> => Functions.Log(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Slope<V>(V x, V y) where V : struct, IFloats<V> => V.Broadcast(1f) / x;

        public OnnxValue Export(OnnxValue x) => x.Apply("Log");
    }
}
