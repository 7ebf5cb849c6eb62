using System.Runtime.CompilerServices;
using TinyJepa.Export;
using TinyJepa.Kernels;

namespace TinyJepa;

/// <summary>y = a + b. Its gradient needs no memory: both slopes are constants.</summary>
public static class AddOp
{
    extension(Tensor a)
    {
        /// <summary>y = a + b.</summary>
        /// <param name="b">a's shape, a's last axes, or a scalar.</param>
        /// <returns>A tensor of a's shape.</returns>
        /// <exception cref="ArgumentException">b's axes are not a's last ones.</exception>
        /// <exception cref="InvalidOperationException">The operands are on different backends.</exception>
        public Tensor Add(Tensor b)
        {
            ZipOp.Check(a, b, typeof(Formula));
            var y = Tensor.Empty(a.Shape, a.Backend);
            a.Backend.Zip(new Formula(), a, b, y);
            if (Tape.Tracks(a, b)) Tape.Add(y, new Grad(a, 1f, b, 1f));
            return y;
        }
    }

    extension(Tensor)
    {
        /// <summary>a + b; the larger may stand on either side.</summary>
        /// <param name="a">The left operand.</param>
        /// <param name="b">The right operand. The shape of the smaller one is that of the larger one's last axes; a scalar goes with everything.</param>
        /// <returns>A tensor of the larger one's shape.</returns>
        /// <exception cref="ArgumentException">The shapes do not fit.</exception>
        /// <exception cref="InvalidOperationException">The operands are on different backends.</exception>
        public static Tensor operator +(Tensor a, Tensor b) => a.Node.Shape.Rank < b.Node.Shape.Rank ? b.Add(a) : a.Add(b);
    }

    readonly struct Formula : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Value<V>(V a, V b) where V : struct, IFloats<V> => a + b;

        public V SlopeA<V>(V a, V b, V y) where V : struct, IFloats<V> => V.Broadcast(1f);

        public V SlopeB<V>(V a, V b, V y) where V : struct, IFloats<V> => V.Broadcast(1f);
    }

    /// <summary>The gradient of signA·a + signB·b.</summary>
    internal readonly struct Grad(Tensor a, float signA, Tensor b, float signB) : IOp, IExportedOp
    {
        public void Backward(Tensor dy)
        {
            if (a.NeedsGradient(out var da)) dy.Backend.Add(dy, signA, da.Tensor, da.Accumulate);
            if (b.NeedsGradient(out var db)) ZipOp.Collect(dy, signB, db);
        }

        public OnnxValue Export(OnnxGraph graph, Tensor y) => signA < 0 ? graph[b] - graph[a] : signB < 0 ? graph[a] - graph[b] : graph[a] + graph[b];
    }
}
