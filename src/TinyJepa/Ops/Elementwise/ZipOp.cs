using TinyJepa.Export;
using TinyJepa.Kernels;

namespace TinyJepa;

/// <summary>
/// y = f(a, b) for any formula: the one place where elementwise operations of two tensors are run and recorded. b has a's shape, or
/// its axes are a's last ones and it repeats along the others; a scalar repeats everywhere. Everything else is spelled out.
/// </summary>
public static class ZipOp
{
    extension(Tensor a)
    {
        /// <summary>Applies a formula to every pair of elements.</summary>
        /// <param name="b">a's shape, or a's last axes.</param>
        /// <param name="f">The formula.</param>
        /// <returns>A tensor of a's shape.</returns>
        /// <exception cref="ArgumentException">b's axes are not a's last ones.</exception>
        public Tensor Zip<F>(Tensor b, F f) where F : unmanaged, IBinary
        {
            Check(a, b, typeof(F));
            var y = Tensor.Empty(a.Shape, a.Backend);
            a.Backend.Zip(f, a, b, y);
            if (Tape.Tracks(a, b)) Tape.Add(y, new Grad<F>(f, a, b, y));
            return y;
        }
    }

    /// <summary>Checks that b repeats along a.</summary>
    internal static void Check(Tensor a, Tensor b, Type formula)
    {
        if (!b.Shape.IsSuffixOf(a.Shape))
            Throw.Mismatch(formula.DeclaringType?.Name.Replace("Op", "", StringComparison.Ordinal) ?? "Zip", a.Shape, b.Shape,
                "the right one must have the left one's shape, its last axes, or be a scalar");
    }

    /// <summary>db = [db +] scale·(d summed over b's repetitions), for d of a's shape.</summary>
    internal static void Collect(Tensor d, float scale, GradientTarget db)
    {
        var (n, period) = (d.Length, db.Tensor.Length);
        if (n == period) d.Backend.Add(d, scale, db.Tensor, db.Accumulate);
        else if (n == 0) { if (!db.Accumulate) d.Backend.Fill(db.Tensor, 0f); }
        else d.Backend.Sum(d, 1, n / period, period, scale, db.Tensor, db.Accumulate);
    }

    readonly struct Grad<F>(F f, Tensor a, Tensor b, Tensor y) : IOp, IExportedOp where F : unmanaged, IBinary
    {
        public void Backward(Tensor dy)
        {
            if (a.NeedsGradient(out var da)) a.Backend.ZipBackward(f, ofB: false, a, b, y, dy, da);
            if (!b.NeedsGradient(out var db)) return;
            if (b.Length == a.Length)
            {
                a.Backend.ZipBackward(f, ofB: true, a, b, y, dy, db);
                return;
            }

            var each = Tensor.Empty(a.Shape, a.Backend);
            a.Backend.ZipBackward(f, ofB: true, a, b, y, dy, new GradientTarget(each, Accumulate: false));
            Collect(each, 1f, db);
        }

        public OnnxValue Export(OnnxGraph graph, Tensor result) =>
            f is IExportedBinary formula ? formula.Export(graph[a], graph[b]) : graph.Untranslated(OnnxGraph.NameOf(typeof(F)));
    }
}
