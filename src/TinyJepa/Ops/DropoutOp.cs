namespace TinyJepa;

/// <summary>Zeroes numbers at random and scales the rest up, so that the expectation stays (Srivastava et al. 2014).</summary>
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
            var mask = Tensor.Empty(x.Shape);
            var kept = 1f / (1f - rate);
            foreach (ref var m in mask.Span) m = rng.NextFloat() < rate ? 0f : kept;
            return x.Multiply(mask.To(x.Backend));
        }
    }
}
