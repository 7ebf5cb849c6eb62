using System.Runtime.CompilerServices;

namespace TinyJepa.Kernels;

/// <summary>
/// Sums and moments along the middle axis of [outer, axis, inner]. Each result is 16 running sums and the fixed tree when inner is 1,
/// one running sum down the axis otherwise; long rows are first summed in blocks.
/// </summary>
static unsafe class Reduce
{
    /// <summary>Floats per block of a long row; a shape's blocks are always the same.</summary>
    internal const int Block = 16384;

    /// <summary>Columns that one chunk takes down the axis: four packs, a whole number of cache lines in each row.</summary>
    const int Columns = 64;

    const int RowsWork = 8192;

    internal static int Blocks(int axis) => IntegerMath.CeilDiv(axis, Block);

    internal static int RowsPerChunk(int width) => Math.Max(1, RowsWork / Math.Max(1, width));

    internal static int RowChunks(int rows, int width) => IntegerMath.CeilDiv(rows, RowsPerChunk(width));

    internal static int VarianceChunks(int outer) => IntegerMath.CeilDiv(outer, 16);

    internal static int ColumnChunks(int outer, int inner) => outer * IntegerMath.CeilDiv(inner, Columns);

    /// <summary>partial[block] = Σ x over that block: the first pass over one long row.</summary>
    internal readonly struct SumBlocks(float* x, float* partial, int n) : IKernel
    {
        [MethodImpl(Kernel.NoInline)]
        public void Run<V>(int chunk) where V : struct, ILanes<V> =>
            partial[chunk] = Row<V>(x + (long)chunk * Block, Math.Min(Block, n - chunk * Block));
    }

    /// <summary>partial[block] = Σ x² over that block.</summary>
    internal readonly struct SquareBlocks(float* x, float* partial, int n) : IKernel
    {
        [MethodImpl(Kernel.NoInline)]
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            var start = chunk * Block;
            partial[chunk] = Squares<V>(x + start, Math.Min(Block, n - start));
        }
    }

    /// <summary>Σ x², in two chains.</summary>
    [MethodImpl(Kernel.Inline)]
    internal static float Squares<V>(float* x, int n) where V : struct, ILanes<V>
    {
        var (even, odd) = (V.Broadcast(0f), V.Broadcast(0f));
        var i = 0;
        for (; i + 32 <= n; i += 32)
        {
            V v0 = V.Load(x + i), v1 = V.Load(x + i + 16);
            even = V.Fma(v0, v0, even);
            odd = V.Fma(v1, v1, odd);
        }

        for (; i < n; i += 16)
        {
            var v = i + 16 <= n ? V.Load(x + i) : Pack.Load<V>(x + i, n - i);
            even = V.Fma(v, v, even);
        }

        return V.Sum(even + odd);
    }

    /// <summary>Σ (x − center)², in one chain.</summary>
    [MethodImpl(Kernel.Inline)]
    internal static float Squares<V>(float* x, float center, int n) where V : struct, ILanes<V>
    {
        V c = V.Broadcast(center), sum = V.Broadcast(0f);
        var i = 0;
        for (; i + 16 <= n; i += 16)
        {
            var d = V.Load(x + i) - c;
            sum = V.Fma(d, d, sum);
        }

        if (i == n) return V.Sum(sum);
        var last = Pack.Load<V>(x + i, n - i, center) - c;
        return V.Sum(V.Fma(last, last, sum));
    }

    /// <summary>Σ a·b, in one chain.</summary>
    [MethodImpl(Kernel.Inline)]
    internal static float Dot<V>(float* a, float* b, int n) where V : struct, ILanes<V>
    {
        var sum = V.Broadcast(0f);
        var i = 0;
        for (; i + 16 <= n; i += 16) sum = V.Fma(V.Load(a + i), V.Load(b + i), sum);
        if (i < n) sum = V.Fma(Pack.Load<V>(a + i, n - i), Pack.Load<V>(b + i, n - i), sum);
        return V.Sum(sum);
    }

    /// <summary>y[row] = [y[row] +] scale·Σ x[row, …].</summary>
    internal readonly struct SumRows(float* x, float* y, float scale, bool accumulate, int rows, int width) : IKernel
    {
        [MethodImpl(Kernel.NoInline)]
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            var size = RowsPerChunk(width);
            for (var row = chunk * size; row < Math.Min(rows, (chunk + 1) * size); row++)
            {
                var sum = scale * Row<V>(x + (long)row * width, width);
                y[row] = accumulate ? y[row] + sum : sum;
            }
        }
    }

    /// <summary>Σ x.</summary>
    internal static float Row<V>(float* x, int n) where V : struct, ILanes<V> => V.Sum(Lanes<V>(x, n));

    /// <summary>Σ x lane by lane: the tree over the lanes follows, for one row or for four at once.</summary>
    [MethodImpl(Kernel.Inline)]
    internal static V Lanes<V>(float* x, int n) where V : struct, ILanes<V>
    {
        var (s0, s1) = (V.Broadcast(0f), V.Broadcast(0f));
        var (s2, s3) = (s0, s1);
        var i = 0;
        for (; i + 64 <= n; i += 64)
        {
            s0 += V.Load(x + i);
            s1 += V.Load(x + i + 16);
            s2 += V.Load(x + i + 32);
            s3 += V.Load(x + i + 48);
        }

        for (; i + 16 <= n; i += 16) s0 += V.Load(x + i);
        if (i < n) s1 += Pack.Load<V>(x + i, n - i);
        return s0 + s1 + (s2 + s3);
    }

    /// <summary>y[outer, inner] = [y +] scale·Σ over the axis.</summary>
    internal readonly struct SumColumns(float* x, float* y, float scale, bool accumulate, int axis, int inner) : IKernel
    {
        [MethodImpl(Kernel.NoInline)]
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            var chunksPerOuter = IntegerMath.CeilDiv(inner, Columns);
            var column = chunk % chunksPerOuter * Columns;
            var outer = chunk / chunksPerOuter;
            float* px = x + (long)outer * axis * inner, py = y + (long)outer * inner;
            var end = Math.Min(inner, column + Columns);
            if (column + Columns <= inner)
            {
                Wide<V>(px + column, py + column);
                return;
            }

            for (; column < end; column += 16) Strip<V>(px + column, py + column, Math.Min(16, end - column));
        }

        /// <summary>Four packs at once: all cache lines of a row at once, and four independent sums.</summary>
        void Wide<V>(float* px, float* py) where V : struct, ILanes<V>
        {
            var (s0, s1) = (V.Broadcast(0f), V.Broadcast(0f));
            var (s2, s3) = (s0, s1);
            for (var i = 0; i < axis; i++, px += inner)
            {
                s0 += V.Load(px);
                s1 += V.Load(px + 16);
                s2 += V.Load(px + 32);
                s3 += V.Load(px + 48);
            }

            Store(s0, py);
            Store(s1, py + 16);
            Store(s2, py + 32);
            Store(s3, py + 48);
        }

        [MethodImpl(Kernel.Inline)]
        void Store<V>(V sum, float* py) where V : struct, ILanes<V>
        {
            sum *= V.Broadcast(scale);
            V.Store(accumulate ? V.Load(py) + sum : sum, py);
        }

        void Strip<V>(float* px, float* py, int count) where V : struct, ILanes<V>
        {
            var sum = V.Broadcast(0f);
            if (count == 16)
            {
                for (var i = 0; i < axis; i++) sum += V.Load(px + (long)i * inner);
                sum *= V.Broadcast(scale);
                V.Store(accumulate ? V.Load(py) + sum : sum, py);
                return;
            }

            for (var i = 0; i < axis; i++) sum += Pack.Load<V>(px + (long)i * inner, count);
            sum *= V.Broadcast(scale);
            Pack.Store(accumulate ? Pack.Load<V>(py, count) + sum : sum, py, count);
        }
    }

    /// <summary>y[outer, axis, inner] = [y +] scale·x[outer, inner] along the axis: the gradient of a sum.</summary>
    internal readonly struct Broadcast(float* x, float* y, float scale, bool accumulate, int outer, int axis, int inner) : IKernel
    {
        [MethodImpl(Kernel.NoInline)]
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            var (from, to) = (chunk * Elementwise.Chunk, Math.Min(outer * axis * inner, (chunk + 1) * Elementwise.Chunk));
            while (from < to)
            {
                // With inner 1 a range is a whole axis of one value, otherwise a row of x.
                var result = from / (axis * inner);
                var phase = inner == 1 ? from % axis : from % inner;
                var count = Math.Min(to - from, (inner == 1 ? axis : inner) - phase);
                if (inner == 1) Fill<V>(scale * x[result], y + from, count);
                else Copy<V>(x + (long)result * inner + phase, y + from, count);
                from += count;
            }
        }

        void Fill<V>(float value, float* target, int count) where V : struct, ILanes<V>
        {
            var v = V.Broadcast(value);
            var i = 0;
            for (; i + 16 <= count; i += 16) V.Store(accumulate ? V.Load(target + i) + v : v, target + i);
            for (; i < count; i++) target[i] = accumulate ? target[i] + value : value;
        }

        void Copy<V>(float* source, float* target, int count) where V : struct, ILanes<V>
        {
            var s = V.Broadcast(scale);
            var i = 0;
            for (; i + 16 <= count; i += 16) V.Store(accumulate ? V.Fma(s, V.Load(source + i), V.Load(target + i)) : s * V.Load(source + i), target + i);
            for (; i < count; i++) target[i] = accumulate ? MathF.FusedMultiplyAdd(scale, source[i], target[i]) : scale * source[i];
        }
    }

    /// <summary>mean and Σ(x − mean)²/divisor of every row, in two passes; columns are <see cref="ColumnMoments"/>.</summary>
    internal readonly struct Variance(float* x, float* mean, float* variance, float divisor, int outer, int axis) : IKernel
    {
        [MethodImpl(Kernel.NoInline)]
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            for (var result = chunk * 16; result < Math.Min(outer, chunk * 16 + 16); result++) RowOf<V>(result);
        }

        void RowOf<V>(int r) where V : struct, ILanes<V>
        {
            var row = x + (long)r * axis;
            mean[r] = Row<V>(row, axis) / axis;
            variance[r] = Squares<V>(row, mean[r], axis) / divisor;
        }
    }

    /// <summary>dx = [dx +] dy·2(x − mean)/divisor.</summary>
    internal readonly struct VarianceBackward(float* x, float* mean, float* dy, float* dx, float scale, bool accumulate, int outer, int axis, int inner)
        : IKernel
    {
        [MethodImpl(Kernel.NoInline)]
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            var size = RowsPerChunk(inner);
            for (var row = chunk * size; row < Math.Min(outer * axis, (chunk + 1) * size); row++)
            {
                var result = (long)(row / axis) * inner;
                var i = 0;
                for (var s = V.Broadcast(scale); i + 16 <= inner; i += 16)
                {
                    var at = (long)row * inner + i;
                    V slope = s * (V.Load(x + at) - V.Load(mean + result + i)), upstream = V.Load(dy + result + i);
                    V.Store(accumulate ? V.Fma(upstream, slope, V.Load(dx + at)) : upstream * slope, dx + at);
                }

                for (; i < inner; i++)
                {
                    var at = (long)row * inner + i;
                    var slope = scale * (x[at] - mean[result + i]);
                    dx[at] = accumulate ? MathF.FusedMultiplyAdd(dy[result + i], slope, dx[at]) : dy[result + i] * slope;
                }
            }
        }
    }
}
