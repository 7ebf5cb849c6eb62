namespace TinyJepa;

/// <summary>Sums and means, over one axis or over everything.</summary>
public static class SumOp
{
    extension(Tensor x)
    {
        /// <summary>The sum of all numbers, a scalar.</summary>
        public Tensor Sum() => Reduce(x, [], 1, x.Length, 1, 1f);

        /// <summary>The sums along one axis, which disappears.</summary>
        public Tensor Sum(int axis) => Along(x, axis, 1f);

        /// <summary>The mean of all numbers, a scalar; NaN of none.</summary>
        public Tensor Mean() => Reduce(x, [], 1, x.Length, 1, 1f / x.Length);

        /// <summary>The means along one axis, which disappears.</summary>
        public Tensor Mean(int axis) => Along(x, axis, 1f / x.Shape[axis]);
    }

    static Tensor Along(Tensor x, int axis, float scale)
    {
        axis = x.Shape.Axis(axis);
        return Reduce(x, x.Shape.Without(axis), x.Shape.Product(0, axis), x.Shape[axis], x.Shape.Product(axis + 1, x.Shape.Rank), scale);
    }

    static Tensor Reduce(Tensor x, Shape shape, int outer, int axis, int inner, float scale)
    {
        var y = Tensor.Empty(shape, x.Backend);
        x.Backend.Sum(x, outer, axis, inner, scale, y, keep: false);
        if (Tape.Tracks(x)) Tape.Add(y, new Grad(x, outer, axis, inner, scale));
        return y;
    }

    /// <summary>Every number of the axis gets the gradient of its sum.</summary>
    readonly struct Grad(Tensor x, int outer, int axis, int inner, float scale) : IOp
    {
        public void Backward(Tensor dy)
        {
            if (x.Wants(out var dx)) dy.Backend.Spread(dy, outer, axis, inner, scale, dx.Target, dx.Keep);
        }
    }
}
