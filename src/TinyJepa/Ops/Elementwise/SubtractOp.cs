using System.Runtime.CompilerServices;
using TinyJepa.Kernels;

namespace TinyJepa;

/// <summary>y = a − b. Its gradient is that of <see cref="AddOp"/> with a sign.</summary>
public static class SubtractOp
{
    extension(Tensor a)
    {
        /// <summary>y = a − b.</summary>
        /// <param name="b">a's shape, a's last axes, or a scalar.</param>
        /// <returns>A tensor of a's shape.</returns>
        /// <exception cref="ArgumentException">b's axes are not a's last ones.</exception>
        /// <exception cref="InvalidOperationException">The operands are on different backends.</exception>
        public Tensor Subtract(Tensor b)
        {
            ZipOp.Check(a, b, typeof(Formula));
            var y = Tensor.Empty(a.Shape, a.Backend);
            a.Backend.Zip(new Formula(), a, b, y);
            if (Tape.Tracks(a, b)) Tape.Add(y, new AddOp.Grad(a, 1f, b, -1f));
            return y;
        }
    }

    extension(Tensor)
    {
        /// <summary>a − b; the larger may stand on either side.</summary>
        /// <param name="a">The left operand.</param>
        /// <param name="b">The right operand. The shape of the smaller one is that of the larger one's last axes; a scalar goes with everything.</param>
        /// <returns>A tensor of the larger one's shape.</returns>
        /// <exception cref="ArgumentException">The shapes do not fit.</exception>
        /// <exception cref="InvalidOperationException">The operands are on different backends.</exception>
        public static Tensor operator -(Tensor a, Tensor b) => a.Node.Shape.Rank < b.Node.Shape.Rank ? From(b, a) : a.Subtract(b);
    }

    /// <summary>b − a for the larger a.</summary>
    static Tensor From(Tensor a, Tensor b)
    {
        ZipOp.Check(a, b, typeof(Formula));
        var y = Tensor.Empty(a.Shape, a.Backend);
        a.Backend.Zip(new Reversed(), a, b, y);
        if (Tape.Tracks(a, b)) Tape.Add(y, new AddOp.Grad(a, -1f, b, 1f));
        return y;
    }

    readonly struct Formula : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Value<V>(V a, V b) where V : struct, IFloats<V> => a - b;

        public V SlopeA<V>(V a, V b, V y) where V : struct, IFloats<V> => V.Broadcast(1f);

        public V SlopeB<V>(V a, V b, V y) where V : struct, IFloats<V> => V.Broadcast(-1f);
    }

    readonly struct Reversed : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Value<V>(V a, V b) where V : struct, IFloats<V> => b - a;

        public V SlopeA<V>(V a, V b, V y) where V : struct, IFloats<V> => V.Broadcast(-1f);

        public V SlopeB<V>(V a, V b, V y) where V : struct, IFloats<V> => V.Broadcast(1f);
    }
}
