using System.Runtime.CompilerServices;
using TinyJepa.Kernels;

namespace TinyJepa;

/// <summary>Zeroes elements at random and scales the others up, so that the expectation stays the same (Srivastava et al. 2014).</summary>
public static class DropoutOp
{
    extension(Tensor x)
    {
        /// <summary>y = x·mask/(1 − rate) while the innermost scope is a tape; x itself otherwise.</summary>
        /// <param name="rate">The probability of a zero, in [0, 1).</param>
        /// <param name="rng">The stream to draw the mask from.</param>
        /// <exception cref="ArgumentOutOfRangeException">The rate is not in [0, 1).</exception>
        public Tensor Dropout(float rate, Rng rng)
        {
            if (!(rate >= 0f && rate < 1f)) throw new ArgumentOutOfRangeException(nameof(rate), rate, "A dropout rate lies in [0, 1).");
            ArgumentNullException.ThrowIfNull(rng);
            if (rate == 0f || !Tape.IsOpen) return x;
            var drawn = Tensor.Empty(x.Shape, x.Backend);
            rng.FillUniform(drawn);
            return x.Zip(drawn, new Formula(rate, 1f / (1f - rate)));
        }
    }

    /// <summary>x or 0, by a value drawn uniformly from [0, 1).</summary>
    readonly struct Formula(float rate, float kept) : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Value<V>(V x, V drawn) where V : struct, IFloats<V> => x * SlopeA(x, drawn, x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V SlopeA<V>(V x, V drawn, V y) where V : struct, IFloats<V> => V.SelectLess(drawn, V.Broadcast(rate), V.Broadcast(0f), V.Broadcast(kept));

        public V SlopeB<V>(V x, V drawn, V y) where V : struct, IFloats<V> => V.Broadcast(0f);
    }
}
