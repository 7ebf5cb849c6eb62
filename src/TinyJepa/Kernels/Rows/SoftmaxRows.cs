using System.Runtime.CompilerServices;

namespace TinyJepa.Kernels;

/// <summary>Softmax of the rows of a matrix, and its gradient.</summary>
static unsafe class SoftmaxRows
{
    /// <summary>y = e^(x − max) / Σ e^(x − max), row by row.</summary>
    /// <remarks>
    /// Short rows pass each of the three loops four at a time: the latencies of their maxima and sums then overlap. Four rows and their results fit
    /// the first-level cache.
    /// </remarks>
    internal readonly struct Forward(float* x, float* y, int rows, int width) : IKernel
    {
        const int RowsPerStep = 4, Short = 768;

        [MethodImpl(Kernel.NoInline)]
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            var (size, step) = (Reduce.RowsPerChunk(width), width <= Short ? RowsPerStep : 1);
            var last = Math.Min(rows, (chunk + 1) * size);
            for (var row = chunk * size; row < last; row += step) Some<V>(x + (long)row * width, y + (long)row * width, Math.Min(step, last - row));
        }

        void Some<V>(float* px, float* py, int count) where V : struct, ILanes<V>
        {
            var room = stackalloc float[RowsPerStep * 16 + RowsPerStep + 16];
            var sums = (float*)(((nint)room + 63) & ~63);
            var totals = sums + RowsPerStep * 16;
            for (var row = 0; row < count; row++) totals[row] = Largest<V>(px + (long)row * width, width);
            for (var row = 0; row < count; row++) Exponentials<V>(px + (long)row * width, py + (long)row * width, totals[row]);
            for (var row = 0; row < count; row++) Sum<V>(py + (long)row * width, sums + row * 16, width);
            V.Sum(V.Load(sums), V.Load(sums + 16), V.Load(sums + 32), V.Load(sums + 48), totals);
            for (var row = 0; row < count; row++) Scale<V>(py + (long)row * width, 1f / totals[row], width);
        }

        void Exponentials<V>(float* px, float* py, float largest) where V : struct, ILanes<V>
        {
            var done = 0;
            if (typeof(V) == typeof(Lanes512) && width >= Lanes512x4.Count) done = Whole<Lanes512x4>(px, py, largest, done);
            if (done + 16 <= width) done = Whole<V>(px, py, largest, done);
            if (done < width) Last<V>(px + done, py + done, largest, width - done);
        }

        [MethodImpl(Kernel.NoInline)]
        int Whole<V>(float* px, float* py, float largest, int i) where V : struct, IPack<V>
        {
            var max = V.Broadcast(largest);
            for (; i + V.Width <= width; i += V.Width) V.Store(Functions.ExpOfNegative(V.Load(px + i) - max), py + i);
            return i;
        }

        [MethodImpl(Kernel.NoInline)]
        static void Last<V>(float* px, float* py, float largest, int count) where V : struct, ILanes<V> =>
            Pack.Store(Functions.ExpOfNegative(Pack.Load<V>(px, count, float.NegativeInfinity) - V.Broadcast(largest)), py, count);

        /// <summary>
        /// The order of comparisons changes nothing, so there are four chains. A NaN may be skipped: its exponential is NaN again, and so is
        /// the sum.
        /// </summary>
        [MethodImpl(Kernel.NoInline)]
        static float Largest<V>(float* x, int n) where V : struct, ILanes<V>
        {
            if (n < 16) return V.Largest(Pack.Load<V>(x, n, float.NegativeInfinity));
            var (m0, m1) = (V.Load(x), V.Load(x + n - 16));                           // these may overlap others: the maximum is the same
            var (m2, m3) = (m0, m1);
            var i = 16;
            for (; i + 64 <= n; i += 64)
            {
                m0 = V.MaxNative(m0, V.Load(x + i));
                m1 = V.MaxNative(m1, V.Load(x + i + 16));
                m2 = V.MaxNative(m2, V.Load(x + i + 32));
                m3 = V.MaxNative(m3, V.Load(x + i + 48));
            }

            for (; i + 16 <= n; i += 16) m0 = V.MaxNative(m0, V.Load(x + i));
            return V.Largest(V.MaxNative(V.MaxNative(m0, m1), V.MaxNative(m2, m3)));
        }

        [MethodImpl(Kernel.NoInline)]
        static void Sum<V>(float* x, float* sum, int n) where V : struct, ILanes<V> => V.Store(Reduce.Lanes<V>(x, n), sum);

        [MethodImpl(Kernel.NoInline)]
        static void Scale<V>(float* x, float factor, int n) where V : struct, ILanes<V>
        {
            var scale = V.Broadcast(factor);
            var i = 0;
            for (; i + 64 <= n; i += 64)
            {
                V.Store(V.Load(x + i) * scale, x + i);
                V.Store(V.Load(x + i + 16) * scale, x + i + 16);
                V.Store(V.Load(x + i + 32) * scale, x + i + 32);
                V.Store(V.Load(x + i + 48) * scale, x + i + 48);
            }

            for (; i + 16 <= n; i += 16) V.Store(V.Load(x + i) * scale, x + i);
            if (i < n) Pack.Store(Pack.Load<V>(x + i, n - i) * scale, x + i, n - i);
        }
    }

    /// <summary>dx = [dx +] y·(dy − Σ dy·y), row by row.</summary>
    internal readonly struct Backward(float* y, float* dy, float* dx, bool accumulate, int rows, int width) : IKernel
    {
        [MethodImpl(Kernel.NoInline)]
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            var size = Reduce.RowsPerChunk(width);
            for (var row = chunk * size; row < Math.Min(rows, (chunk + 1) * size); row++)
                One<V>(y + (long)row * width, dy + (long)row * width, dx + (long)row * width);
        }

        void One<V>(float* py, float* pdy, float* pdx) where V : struct, ILanes<V>
        {
            var d = V.Broadcast(Reduce.Dot<V>(pdy, py, width));
            var i = 0;
            for (; i + 16 <= width; i += 16)
            {
                var g = V.Load(py + i) * (V.Load(pdy + i) - d);
                V.Store(accumulate ? V.Load(pdx + i) + g : g, pdx + i);
            }

            if (i == width) return;
            var tail = Pack.Load<V>(py + i, width - i) * (Pack.Load<V>(pdy + i, width - i) - d);
            Pack.Store(accumulate ? Pack.Load<V>(pdx + i, width - i) + tail : tail, pdx + i, width - i);
        }
    }
}
