using System.Runtime.CompilerServices;
using TinyJepa.Kernels;

namespace TinyJepa;

/// <summary>y = a where the mask is not 0, b elsewhere. Elements that are not chosen never reach the result, even if they are NaN.</summary>
public static class WhereOp
{
    extension(Tensor mask)
    {
        /// <summary>y = a where this mask is not 0, b elsewhere. The mask gets no gradient.</summary>
        /// <param name="a">Any shape.</param>
        /// <param name="b">a's shape.</param>
        public Tensor Where(Tensor a, Tensor b)
        {
            if (a.Shape != b.Shape) Throw.Mismatch("Where", a.Shape, b.Shape, "both choices must have one shape");
            var constant = mask.Detach();
            return a.Zip(constant, new Chosen()).Add(b.Zip(constant, new Rejected()));
        }
    }

    readonly struct Chosen : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Value<V>(V a, V mask) where V : struct, IFloats<V> => V.And(IsSet(mask), a);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V SlopeA<V>(V a, V mask, V y) where V : struct, IFloats<V> => V.And(IsSet(mask), V.Broadcast(1f));

        public V SlopeB<V>(V a, V mask, V y) where V : struct, IFloats<V> => V.Broadcast(0f);
    }

    readonly struct Rejected : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Value<V>(V b, V mask) where V : struct, IFloats<V> => V.Select(IsSet(mask), V.Broadcast(0f), b);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V SlopeA<V>(V b, V mask, V y) where V : struct, IFloats<V> => V.Select(IsSet(mask), V.Broadcast(0f), V.Broadcast(1f));

        public V SlopeB<V>(V b, V mask, V y) where V : struct, IFloats<V> => V.Broadcast(0f);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V IsSet<V>(V mask) where V : struct, IFloats<V> => V.Less(V.Broadcast(0f), Functions.Abs(mask));
}
