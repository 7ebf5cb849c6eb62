using TinyJepa.Export;

namespace TinyJepa;

/// <summary>Matrix products, single or batched, of operands stored as they are or transposed.</summary>
public static class MatMulOp
{
    extension(Tensor a)
    {
        /// <summary>y = op(a)·op(b).</summary>
        /// <param name="b">[k, n], shared by a whole batch, or [batch…, k, n]; [n, k] when stored transposed.</param>
        /// <param name="transposeA">a is stored as [batch…, k, m] rather than [batch…, m, k].</param>
        /// <param name="transposeB">b is stored transposed.</param>
        /// <returns>[batch…, m, n]</returns>
        /// <exception cref="ArgumentException">The inner sizes or the batches differ.</exception>
        public Tensor MatMul(Tensor b, bool transposeA = false, bool transposeB = false)
        {
            Check(a.Shape, transposeA, b.Shape, transposeB);
            var y = Tensor.Empty(a.Shape.With(-2, a.Shape[transposeA ? -1 : -2]).WithLast(b.Shape[transposeB ? -2 : -1]), a.Backend);
            a.Backend.MatMul(a, transposeA, b, transposeB, y, accumulate: false);
            if (Tape.Tracks(a, b)) Tape.Add(y, new Grad(a, transposeA, b, transposeB));
            return y;
        }
    }

    static void Check(in Shape a, bool transposeA, in Shape b, bool transposeB)
    {
        if (a.Rank < 2 || b.Rank < 2) Throw.Mismatch("MatMul", a, b, "both need at least two axes");
        if (a[transposeA ? -2 : -1] != b[transposeB ? -1 : -2])
            Throw.Mismatch($"MatMul{(transposeA ? ", a transposed" : "")}{(transposeB ? ", b transposed" : "")}", a, b, "their inner sizes differ");
        if (b.Rank == 2 && (a.Rank == 2 || !transposeA)) return;
        if (a.Rank != b.Rank) Throw.Mismatch("MatMul", a, b, "b must be one matrix, or one for each of a; a shared b needs a stored as it is");
        for (var i = 0; i < a.Rank - 2; i++)
            if (a[i] != b[i]) Throw.Mismatch("MatMul", a, b, $"their batch sizes differ at axis {i}");
    }

    /// <summary>dA = dY·op(b)ᵀ and dB = op(a)ᵀ·dY, or the transposes of these for an operand that was stored transposed.</summary>
    readonly struct Grad(Tensor a, bool transposeA, Tensor b, bool transposeB) : IOp, IExportedOp
    {
        public void Backward(Tensor dy)
        {
            if (a.NeedsGradient(out var da))
            {
                if (transposeA) a.Backend.MatMul(b, transposeB, dy, true, da.Tensor, da.Accumulate);
                else a.Backend.MatMul(dy, false, b, !transposeB, da.Tensor, da.Accumulate);
            }

            if (!b.NeedsGradient(out var db)) return;
            // A shared b gathers the whole batch: a and dY become two tall matrices.
            var shared = b.Shape.Rank == 2 && a.Shape.Rank > 2;
            var (x, d) = shared ? (Tall(a), Tall(dy)) : (a, dy);
            if (transposeB) a.Backend.MatMul(d, true, x, transposeA, db.Tensor, db.Accumulate);
            else a.Backend.MatMul(x, !transposeA, d, false, db.Tensor, db.Accumulate);
        }

        static Tensor Tall(Tensor x) => x.Reshape([x.Shape.Product(0, x.Shape.Rank - 1), x.Shape[-1]]);

        public OnnxValue Export(OnnxGraph graph, Tensor y) => graph.Add("MatMul",
        [
            transposeA ? graph.Swap(graph[a], a.Shape.Rank) : graph[a],
            transposeB ? graph.Swap(graph[b], b.Shape.Rank) : graph[b],
        ]);
    }
}
