namespace TinyJepa;

/// <summary>Variances, over one axis or over everything.</summary>
public static class VarianceOp
{
    extension(Tensor x)
    {
        /// <summary>The variance of all numbers, a scalar.</summary>
        /// <param name="unbiased">Divide by n − 1 rather than n; NaN of fewer than two numbers.</param>
        public Tensor Variance(bool unbiased = true) => Reduce(x, [], 1, x.Length, 1, unbiased);

        /// <summary>The variances along one axis, which disappears.</summary>
        /// <param name="axis">The axis; negative ones count from the last.</param>
        /// <param name="unbiased">Divide by n − 1 rather than n; NaN of fewer than two numbers.</param>
        public Tensor Variance(int axis, bool unbiased = true)
        {
            axis = x.Shape.Axis(axis);
            return Reduce(x, x.Shape.Without(axis), x.Shape.Product(0, axis), x.Shape[axis], x.Shape.Product(axis + 1, x.Shape.Rank), unbiased);
        }
    }

    static Tensor Reduce(Tensor x, Shape shape, int outer, int axis, int inner, bool unbiased)
    {
        var divisor = unbiased ? axis - 1f : axis;
        var (mean, y) = (Tensor.Empty(shape, x.Backend), Tensor.Empty(shape, x.Backend));
        x.Backend.Variance(x, outer, axis, inner, divisor, mean, y);
        if (Tape.Tracks(x)) Tape.Add(y, new Grad(x, mean, outer, axis, inner, divisor));
        return y;
    }

    /// <summary>∂ variance/∂x = 2(x − mean)/divisor: the mean's own dependence on x cancels.</summary>
    readonly struct Grad(Tensor x, Tensor mean, int outer, int axis, int inner, float divisor) : IOp
    {
        public void Backward(Tensor dy)
        {
            if (x.Wants(out var dx)) x.Backend.VarianceBackward(x, mean, dy, outer, axis, inner, divisor, dx.Target, dx.Keep);
        }
    }
}
