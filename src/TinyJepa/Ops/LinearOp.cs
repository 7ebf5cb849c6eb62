namespace TinyJepa;

/// <summary>y = x·Wᵀ + bias: a fully connected layer, with the weight as PyTorch stores it.</summary>
public static class LinearOp
{
    extension(Tensor x)
    {
        /// <summary>y = x·Wᵀ + bias.</summary>
        /// <param name="weight">[outputs, inputs]</param>
        /// <param name="bias">[outputs]; null for none.</param>
        /// <returns>[…, outputs] for x of shape […, inputs].</returns>
        /// <exception cref="ArgumentException">x's last size is not the weight's, or the bias does not fit.</exception>
        public Tensor Linear(Tensor weight, Tensor? bias = null)
        {
            if (weight.Shape.Rank != 2 || x.Shape.Rank == 0 || x.Shape[-1] != weight.Shape[1])
                Throw.Mismatch("Linear", x.Shape, weight.Shape, "the weight must be [outputs, inputs] with inputs the last size of x");
            if (bias is { } b && b.Shape != Shape.Create([weight.Shape[0]])) Throw.Mismatch("Linear", weight.Shape, b.Shape, "the bias must be [outputs]");
            var y = Tensor.Empty(x.Shape.WithLast(weight.Shape[0]), x.Backend);
            x.Backend.MatMul(Matrix(x), false, weight, true, bias, Matrix(y), keep: false);
            var tracked = bias is { } c ? Tape.Tracks(x, weight, c) : Tape.Tracks(x, weight);
            if (tracked) Tape.Add(y, new Grad(x, weight, bias));
            return y;
        }
    }

    static Tensor Matrix(Tensor x) => x.Shape.Rank == 2 ? x : x.Reshape([x.Shape.Product(0, x.Shape.Rank - 1), x.Shape[-1]]);

    /// <summary>dx = dY·W, dW = dYᵀ·x, dbias = Σ rows of dY.</summary>
    readonly struct Grad(Tensor x, Tensor weight, Tensor? bias) : IOp
    {
        public void Backward(Tensor dy)
        {
            var rows = Matrix(dy);
            if (x.Wants(out var dx)) dy.Backend.MatMul(rows, false, weight, false, null, Matrix(dx.Target), dx.Keep);
            if (weight.Wants(out var dw)) dy.Backend.MatMul(rows, true, Matrix(x), false, null, dw.Target, dw.Keep);
            if (bias is { } b && b.Wants(out var db)) dy.Backend.Sum(dy, 1, rows.Shape[0], rows.Shape[1], 1f, db.Target, db.Keep);
        }
    }
}
