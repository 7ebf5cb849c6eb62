namespace TinyJepa;

/// <summary>How far samples are from a symmetric distribution along directions, by their characteristic functions (Epps &amp; Pulley 1983).</summary>
public static class EppsPulleyOp
{
    /// <summary>Projections that are made at a time: 512 KB, which stay in the second-level cache between the two products.</summary>
    const int Projections = 1 << 17;

    /// <summary>Directions that are worth a matrix product.</summary>
    const int FewestDirections = 64;

    extension(Tensor z)
    {
        /// <summary>
        /// scale · mean over time and directions a of Σₖ Wₖ·[(mean over b of cos tₖu_b − φₖ)² + (mean over b of sin tₖu_b)²] with u_b = z_b·a and
        /// tₖ = k·spacing. Samples of different times are compared separately.
        /// </summary>
        /// <remarks>
        /// One sine and cosine serve all knots of a sample and direction, and nothing of the size samples × directions × knots is ever stored.
        /// On a tape the gradient is computed at once, so only it is recorded. No gradient flows to the directions. A projection that is not
        /// finite, or beyond 2·10⁶/spacing, makes the result and its gradient NaN.
        /// </remarks>
        /// <param name="directions">[directions, dim], rows of length 1.</param>
        /// <param name="spacing">The distance of the knots, above 0.</param>
        /// <param name="targets">φₖ, the distribution's characteristic function at the knots, from t = 0 on; at least two.</param>
        /// <param name="weights">Wₖ, as many.</param>
        /// <param name="scale">Multiplies the result.</param>
        /// <returns>A scalar for z of shape [samples, dim] or [time, samples, dim].</returns>
        /// <exception cref="ArgumentException">
        /// z has another shape or is empty, the directions are of another dim, targets and weights differ in length or are fewer than two, or
        /// the spacing is not a number above 0.
        /// </exception>
        public Tensor EppsPulley(Tensor directions, float spacing, ReadOnlySpan<float> targets, ReadOnlySpan<float> weights, float scale = 1f)
        {
            Check(z, directions, spacing, targets, weights);
            int samples = z.Shape[-2], dim = z.Shape[-1], rows = z.Length / dim, slices = rows / samples, count = directions.Shape[0];
            var y = Tensor.Empty([], z.Backend);
            var tracked = Tape.Tracks(z);
            var dz = tracked ? Tensor.Empty(z.Shape, z.Backend) : default;

            using (Scope.Begin())                                        // projections and statistics end with it
            {
                var flat = z.Reshape([rows, dim]);
                var slope = tracked ? dz.Reshape([rows, dim]) : default;
                var statistics = Tensor.Empty([slices, count], z.Backend);
                // Every element of dz is one chain over the directions in order, so the blocks leave no trace in the bits.
                var block = Math.Max(FewestDirections, Projections / rows / FewestDirections * FewestDirections);
                var gradient = scale / ((float)slices * count);
                for (var start = 0; start < count; start += block)
                {
                    var some = directions.Rows(start, Math.Min(block, count - start));
                    var u = Tensor.Empty([rows, some.Shape[0]], z.Backend);
                    z.Backend.MatMul(flat, false, some, true, u, accumulate: false);
                    z.Backend.EppsPulley(u, slices, spacing, targets, weights, statistics, start, gradient, tracked);
                    if (tracked) z.Backend.MatMul(u, false, some, false, slope, accumulate: start > 0);
                }

                z.Backend.Sum(statistics, 1, statistics.Length, 1, gradient, y, accumulate: false);
            }

            if (tracked) Tape.Add(y, new Grad(z, dz));
            return y;
        }
    }

    static void Check(Tensor z, Tensor directions, float spacing, ReadOnlySpan<float> targets, ReadOnlySpan<float> weights)
    {
        if (z.Shape.Rank is not (2 or 3) || z.Length == 0)
            Throw.Unfit("EppsPulley", z.Shape, "it must be [samples, dim] or [time, samples, dim], and hold something");
        if (directions.Shape.Rank != 2 || directions.Shape[0] == 0 || directions.Shape[1] != z.Shape[-1])
            Throw.Mismatch("EppsPulley", z.Shape, directions.Shape, "the directions must be [directions, dim] with dim the last size of z");
        if (!(spacing > 0f && float.IsFinite(spacing)))
            throw new ArgumentException($"The knots of EppsPulley need a distance above 0, not {spacing}.", nameof(spacing));
        if (targets.Length < 2 || weights.Length != targets.Length)
            throw new ArgumentException("EppsPulley needs one target and one weight for each of at least two knots, "
                + $"not {targets.Length} targets and {weights.Length} weights.");
    }

    /// <summary>dz was computed with the value; the upstream gradient is one value.</summary>
    readonly struct Grad(Tensor z, Tensor dz) : IOp
    {
        public void Backward(Tensor dy)
        {
            if (z.NeedsGradient(out var target)) z.Backend.AddScaled(dz, dy, target.Tensor, target.Accumulate);
        }
    }
}
