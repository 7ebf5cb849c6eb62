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
        public Tensor Subtract(Tensor b)
        {
            ZipOp.Check(a, b, typeof(Formula));
            var y = Tensor.Empty(a.Shape, a.Backend);
            a.Backend.Zip(new Formula(), a, b, y);
            if (Tape.Tracks(a, b)) Tape.Add(y, new AddOp.Grad(a, b, -1f));
            return y;
        }
    }

    extension(Tensor)
    {
        /// <summary>a − b.</summary>
        public static Tensor operator -(Tensor a, Tensor b) => a.Subtract(b);
    }

    readonly struct Formula : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Value<V>(V a, V b) where V : struct, ILanes<V> => a - b;

        public V SlopeA<V>(V a, V b, V y) where V : struct, ILanes<V> => V.Broadcast(1f);

        public V SlopeB<V>(V a, V b, V y) where V : struct, ILanes<V> => V.Broadcast(-1f);
    }
}
