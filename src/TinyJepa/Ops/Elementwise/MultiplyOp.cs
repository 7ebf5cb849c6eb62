using System.Runtime.CompilerServices;
using TinyJepa.Export;
using TinyJepa.Kernels;

namespace TinyJepa;

/// <summary>y = a·b.</summary>
public static class MultiplyOp
{
    extension(Tensor a)
    {
        /// <inheritdoc cref="MultiplyOp"/>
        /// <param name="b">a's shape, a's last axes, or a scalar.</param>
        /// <returns>A tensor of a's shape.</returns>
        /// <exception cref="ArgumentException">b's axes are not a's last ones.</exception>
        /// <exception cref="InvalidOperationException">The operands are on different backends.</exception>
        public Tensor Multiply(Tensor b) => a.Zip(b, new Formula());
    }

    extension(Tensor)
    {
        /// <inheritdoc cref="MultiplyOp"/>
        /// <param name="a">The left operand.</param>
        /// <param name="b">The right operand. The shape of the smaller one is that of the larger one's last axes; a scalar goes with everything.</param>
        /// <returns>A tensor of the larger one's shape.</returns>
        /// <exception cref="ArgumentException">The shapes do not fit.</exception>
        /// <exception cref="InvalidOperationException">The operands are on different backends.</exception>
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
