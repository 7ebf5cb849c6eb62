using System.Runtime.CompilerServices;
using TinyJepa.Export;
using TinyJepa.Kernels;

namespace TinyJepa;

/// <summary>y = a/b.</summary>
public static class DivideOp
{
    extension(Tensor a)
    {
        /// <inheritdoc cref="DivideOp"/>
        /// <param name="b">a's shape, a's last axes, or a scalar.</param>
        /// <returns>A tensor of a's shape.</returns>
        /// <exception cref="ArgumentException">b's axes are not a's last ones.</exception>
        /// <exception cref="InvalidOperationException">The operands are on different backends.</exception>
        public Tensor Divide(Tensor b) => a.Zip(b, new Formula());
    }

    extension(Tensor)
    {
        /// <summary>a/b; the larger may stand on either side.</summary>
        /// <param name="a">The left operand.</param>
        /// <param name="b">The right operand. The shape of the smaller one is that of the larger one's last axes; a scalar goes with everything.</param>
        /// <returns>A tensor of the larger one's shape.</returns>
        /// <exception cref="ArgumentException">The shapes do not fit.</exception>
        /// <exception cref="InvalidOperationException">The operands are on different backends.</exception>
        public static Tensor operator /(Tensor a, Tensor b) => a.Node.Shape.Rank < b.Node.Shape.Rank ? b.Zip(a, new Reversed()) : a.Divide(b);

        /// <summary>x/c.</summary>
        public static Tensor operator /(Tensor x, float c) => x.Map(new ByNumber(c));
    }

    readonly struct Formula : IBinary, IExportedBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Value<V>(V a, V b) where V : struct, IFloats<V> => a / b;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V SlopeA<V>(V a, V b, V y) where V : struct, IFloats<V> => V.Broadcast(1f) / b;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V SlopeB<V>(V a, V b, V y) where V : struct, IFloats<V> => -y / b;

        public OnnxValue Export(OnnxValue a, OnnxValue b) => a / b;
    }

    /// <summary>b/a for the larger a.</summary>
    readonly struct Reversed : IBinary, IExportedBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Value<V>(V a, V b) where V : struct, IFloats<V> => b / a;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V SlopeA<V>(V a, V b, V y) where V : struct, IFloats<V> => -y / a;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V SlopeB<V>(V a, V b, V y) where V : struct, IFloats<V> => V.Broadcast(1f) / a;

        public OnnxValue Export(OnnxValue a, OnnxValue b) => b / a;
    }

    /// <summary>x/c: a quotient rounded once, which x·(1/c) is not.</summary>
    readonly struct ByNumber(float c) : IUnary, IExportedUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Value<V>(V x) where V : struct, IFloats<V> => x / V.Broadcast(c);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Slope<V>(V x, V y) where V : struct, IFloats<V> => V.Broadcast(1f) / V.Broadcast(c);

        public OnnxValue Export(OnnxValue x) => x / c;
    }
}
