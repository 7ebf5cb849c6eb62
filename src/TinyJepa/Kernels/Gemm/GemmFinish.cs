using System.Runtime.CompilerServices;

namespace TinyJepa.Kernels;

/// <summary>What follows a product while its rows are still in the first-level cache: the residual is added, then the formula is applied.</summary>
static unsafe class GemmFinish
{
    /// <summary>All of C, for products whose own loops do not end row by row.</summary>
    internal static void Run<F>(in Gemm.Product p, F f) where F : unmanaged, IUnary
    {
        if (p.Residual == null && p.Activated == null) return;
        Cores.Run(new Everything<F>(p, f), Reduce.RowChunks(p.M, p.N));
    }

    readonly struct Everything<F>(Gemm.Product p, F f) : IKernel where F : unmanaged, IUnary
    {
        [MethodImpl(Kernel.NoInline)]
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            var size = Reduce.RowsPerChunk(p.N);
            var row = chunk * size;
            Rows<V, F>(p, f, row, Math.Min(size, p.M - row), 0, p.N);
        }
    }

    /// <summary>Some rows over some columns.</summary>
    [MethodImpl(Kernel.NoInline)]
    internal static void Rows<V, F>(in Gemm.Product p, F f, int row, int rows, int column, int columns)
        where V : struct, ILanes<V> where F : unmanaged, IUnary
    {
        for (var i = row; i < row + rows; i++)
        {
            var at = i * p.CRow + column;
            var c = p.C + at;
            if (p.Residual != null)
            {
                var r = p.Residual + at;
                var j = 0;
                for (; j + 16 <= columns; j += 16) V.Store(V.Load(c + j) + V.Load(r + j), c + j);
                for (; j < columns; j++) c[j] += r[j];
            }

            if (p.Activated != null)
            {
                var y = p.Activated + at;
                var j = 0;
                for (; j + 16 <= columns; j += 16) V.Store(f.Value(V.Load(c + j)), y + j);
                if (j < columns) Pack.Store(f.Value(Pack.Load<V>(c + j, columns - j)), y + j, columns - j);
            }
        }
    }
}
