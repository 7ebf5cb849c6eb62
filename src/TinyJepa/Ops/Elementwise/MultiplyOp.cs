using System.Runtime.CompilerServices;
using TinyJepa.Export;
using TinyJepa.Kernels;

namespace TinyJepa;

/// <summary>y = a·b.</summary>
public static class MultiplyOp
{
    extension(Tensor a)
    {
        /// <summary>y = a·b.</summary>
        /// <param name="b">a's shape, a's last axes, or a scalar.</param>
        public Tensor Multiply(Tensor b) => a.Zip(b, new Formula());
    }

    extension(Tensor)
    {
        /// <summary>y = a·b.</summary>
        public static Tensor operator *(Tensor a, Tensor b) => a.Node.Shape.Rank < b.Node.Shape.Rank ? b.Multiply(a) : a.Multiply(b);
    }

    readonly struct Formula : IBinary, IExportedBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Value<V>(V a, V b) where V : struct, IFloats<V> => a * b;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V SlopeA<V>(V a, V b, V y) where V : struct, IFloats<V> => b;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V SlopeB<V>(V a, V b, V y) where V : struct, IFloats<V> => a;

        public OnnxValue Export(OnnxValue a, OnnxValue b) => a * b;
    }
}
