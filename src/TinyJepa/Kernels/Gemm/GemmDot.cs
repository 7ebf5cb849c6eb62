using System.Runtime.CompilerServices;

namespace TinyJepa.Kernels;

/// <summary>
/// A few rows of A against a transposed B: each output is a dot product of two rows that lie side by side in memory, and every element
/// of B is read once and never copied. Here an output is 16 chains over k, one per lane, added in the fixed tree.
/// </summary>
static unsafe class GemmDot
{
    internal const int FewRows = 4;
    const int ChunkFloats = 1 << 15;

    internal static bool Serves(in Gemm.Product p) => p.M <= FewRows && p.BTransposed && p.AStep == 1 && p.K >= 16 && p.Sums == null;

    internal static void Run<F>(in Gemm.Product p, F f) where F : unmanaged, IUnary
    {
        var kernel = new Dots(p);
        Cores.Run(kernel, kernel.Chunks);
        GemmFinish.Run(p, f);
    }

    readonly struct Dots(Gemm.Product p) : IKernel
    {
        const int ColumnsPerStep = 4;                    // columns of C, and rows of B, at a time

        int Columns => Math.Max(1, ChunkFloats / Math.Max(1, p.K) / ColumnsPerStep) * ColumnsPerStep;

        internal int Chunks => IntegerMath.CeilDiv(p.N, Columns);

        [MethodImpl(Kernel.NoInline)]
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            var (n, end) = (chunk * Columns, Math.Min(p.N, (chunk + 1) * Columns));
            var sums = stackalloc float[FewRows * ColumnsPerStep];
            for (; n + ColumnsPerStep <= end; n += ColumnsPerStep)
            {
                var m = 0;
                if (p.M >= 3)
                {
                    ThreeRows<V>(p.A, p.B + n * p.BRow, sums, Ahead);
                    m = 3;
                }

                for (; m < p.M; m++) FourColumns<V>(p.A + m * p.ARow, p.B + n * p.BRow, sums + m * ColumnsPerStep, m == 0 ? Ahead : 0);
                for (m = 0; m < p.M; m++)
                    for (var j = 0; j < ColumnsPerStep; j++)
                        Store(m, n + j, sums[m * ColumnsPerStep + j]);
            }

            for (; n < end; n++)
                for (var m = 0; m < p.M; m++)
                    Store(m, n, OneColumn<V>(p.A + m * p.ARow, p.B + n * p.BRow));
        }

        /// <summary>
        /// How many floats ahead weights are prefetched; 0 if the cache holds them all. They are prefetched in the order of memory, not in that in which
        /// four rows at a time are read: up to 35 GB/s on one core of a Zen 4 instead of 17. Short rows are prefetched into the first-level cache. Four
        /// long ones and the rows of A fill it, so these are prefetched into the second.
        /// </summary>
        nint Ahead => p.BRow != p.K || (long)p.N * p.K <= (Short ? 1 << 13 : 1 << 17) ? 0 : Short ? 2048 : 8192;

        bool Short => p.K <= 768;

        /// <summary>Prefetches four lines, as many as a step over four rows reads.</summary>
        [MethodImpl(Kernel.Inline)]
        float* PrefetchStep(float* next)
        {
            if (Short)
            {
                Simd.PrefetchNear(next);
                Simd.PrefetchNear(next + 16);
                Simd.PrefetchNear(next + 32);
                Simd.PrefetchNear(next + 48);
            }
            else
            {
                Simd.Prefetch(next);
                Simd.Prefetch(next + 16);
                Simd.Prefetch(next + 32);
                Simd.Prefetch(next + 48);
            }

            return next + 64;
        }

        void Store(int m, int n, float sum)
        {
            var c = p.C + m * p.CRow + n;
            *c = (p.Accumulate ? *c : p.Bias != null ? p.Bias[n] : 0f) + sum;
        }

        [MethodImpl(Kernel.NoInline)]
        void FourColumns<V>(float* a, float* b, float* sums, nint ahead) where V : struct, ILanes<V>
        {
            float* b1 = b + p.BRow, b2 = b1 + p.BRow, b3 = b2 + p.BRow, next = b + ahead;
            V s0 = V.Broadcast(0f), s1 = s0, s2 = s0, s3 = s0;
            var k = 0;
            for (; k + 16 <= p.K; k += 16)
            {
                if (ahead > 0) next = PrefetchStep(next);
                var x = V.Load(a + k);
                s0 = V.Fma(x, V.Load(b + k), s0);
                s1 = V.Fma(x, V.Load(b1 + k), s1);
                s2 = V.Fma(x, V.Load(b2 + k), s2);
                s3 = V.Fma(x, V.Load(b3 + k), s3);
            }

            if (k < p.K)
            {
                var left = p.K - k;
                var x = Pack.Load<V>(a + k, left);
                s0 = V.Fma(x, Pack.Load<V>(b + k, left), s0);
                s1 = V.Fma(x, Pack.Load<V>(b1 + k, left), s1);
                s2 = V.Fma(x, Pack.Load<V>(b2 + k, left), s2);
                s3 = V.Fma(x, Pack.Load<V>(b3 + k, left), s3);
            }

            V.Sum(s0, s1, s2, s3, sums);
        }

        /// <summary>Three rows of A at once: a model that looks back three steps reads its weights once for all of them.</summary>
        [MethodImpl(Kernel.NoInline)]
        void ThreeRows<V>(float* a, float* b, float* sums, nint ahead) where V : struct, ILanes<V>
        {
            float* a1 = a + p.ARow, a2 = a1 + p.ARow, b1 = b + p.BRow, b2 = b1 + p.BRow, b3 = b2 + p.BRow, next = b + ahead;
            V s0 = V.Broadcast(0f), s1 = s0, s2 = s0, s3 = s0, t0 = s0, t1 = s0, t2 = s0, t3 = s0, u0 = s0, u1 = s0, u2 = s0, u3 = s0;
            var k = 0;
            for (; k + 16 <= p.K; k += 16)
            {
                if (ahead > 0) next = PrefetchStep(next);
                V x = V.Load(a + k), y = V.Load(a1 + k), z = V.Load(a2 + k);
                var w = V.Load(b + k);
                (s0, t0, u0) = (V.Fma(x, w, s0), V.Fma(y, w, t0), V.Fma(z, w, u0));
                w = V.Load(b1 + k);
                (s1, t1, u1) = (V.Fma(x, w, s1), V.Fma(y, w, t1), V.Fma(z, w, u1));
                w = V.Load(b2 + k);
                (s2, t2, u2) = (V.Fma(x, w, s2), V.Fma(y, w, t2), V.Fma(z, w, u2));
                w = V.Load(b3 + k);
                (s3, t3, u3) = (V.Fma(x, w, s3), V.Fma(y, w, t3), V.Fma(z, w, u3));
            }

            if (k < p.K)
            {
                var left = p.K - k;
                V x = Pack.Load<V>(a + k, left), y = Pack.Load<V>(a1 + k, left), z = Pack.Load<V>(a2 + k, left);
                var w = Pack.Load<V>(b + k, left);
                (s0, t0, u0) = (V.Fma(x, w, s0), V.Fma(y, w, t0), V.Fma(z, w, u0));
                w = Pack.Load<V>(b1 + k, left);
                (s1, t1, u1) = (V.Fma(x, w, s1), V.Fma(y, w, t1), V.Fma(z, w, u1));
                w = Pack.Load<V>(b2 + k, left);
                (s2, t2, u2) = (V.Fma(x, w, s2), V.Fma(y, w, t2), V.Fma(z, w, u2));
                w = Pack.Load<V>(b3 + k, left);
                (s3, t3, u3) = (V.Fma(x, w, s3), V.Fma(y, w, t3), V.Fma(z, w, u3));
            }

            V.Sum(s0, s1, s2, s3, sums);
            V.Sum(t0, t1, t2, t3, sums + ColumnsPerStep);
            V.Sum(u0, u1, u2, u3, sums + 2 * ColumnsPerStep);
        }

        [MethodImpl(Kernel.NoInline)]
        float OneColumn<V>(float* a, float* b) where V : struct, ILanes<V> => Reduce.Dot<V>(a, b, p.K);
    }
}
