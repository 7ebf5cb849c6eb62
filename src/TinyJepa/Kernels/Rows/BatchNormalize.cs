using System.Runtime.CompilerServices;

namespace TinyJepa.Kernels;

/// <summary>y = weight·(x − mean)/√(variance + ε) + bias for every row of a matrix, and its gradients (Ioffe &amp; Szegedy 2015, algorithm 1 and §3).</summary>
static unsafe class BatchNormalize
{
    internal static void Run(float* x, float* mean, float* variance, float epsilon, float* weight, float* bias, float* y, int rows, int columns)
    {
        using var block = new Scratch.Block(columns);
        var scale = block.Pointer;
        for (var i = 0; i < columns; i++) scale[i] = weight[i] / MathF.Sqrt(variance[i] + epsilon);
        Cores.Run(new Apply(x, mean, scale, bias, y, rows, columns), Reduce.RowChunks(rows, columns));
    }

    /// <summary>Any of dx, dweight and dbias may be null.</summary>
    internal static void Backward(float* x, float* mean, float* variance, float epsilon, float* weight, float* dy,
        float* dx, bool accumulateX, float* dweight, bool accumulateWeight, float* dbias, bool accumulateBias, int rows, int columns)
    {
        int blocks = IntegerMath.CeilDiv(rows, ColumnMoments.Block), padded = ColumnMoments.Padded(columns);
        using var block = new Scratch.Block((2 * (nint)blocks + 3) * padded);
        var partial = block.Pointer;
        Cores.Run(new Sums(x, mean, dy, partial, rows, columns), blocks * ColumnMoments.Strips(columns));
        float* sum = partial + 2L * blocks * padded, dot = sum + padded, scale = dot + padded;
        for (var i = 0; i < columns; i++)
        {
            var (s, d) = (0f, 0f);
            for (var b = 0L; b < blocks; b++)
            {
                s += partial[2 * b * padded + i];
                d += partial[(2 * b + 1) * padded + i];
            }

            var rstd = 1f / MathF.Sqrt(variance[i] + epsilon);
            if (dbias != null) dbias[i] = accumulateBias ? dbias[i] + s : s;
            if (dweight != null) dweight[i] = accumulateWeight ? MathF.FusedMultiplyAdd(d, rstd, dweight[i]) : d * rstd;
            (sum[i], dot[i], scale[i]) = (s / rows, d * rstd * rstd / rows, weight[i] * rstd);
        }

        if (dx != null) Cores.Run(new Gradient(x, mean, dy, scale, sum, dot, dx, accumulateX, rows, columns), Reduce.RowChunks(rows, columns));
    }

    readonly struct Apply(float* x, float* mean, float* scale, float* bias, float* y, int rows, int columns) : IKernel
    {
        [MethodImpl(Kernel.NoInline)]
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            var size = Reduce.RowsPerChunk(columns);
            for (var row = chunk * size; row < Math.Min(rows, (chunk + 1) * size); row++)
            {
                float* px = x + (long)row * columns, py = y + (long)row * columns;
                var i = 0;
                for (; i + 16 <= columns; i += 16) V.Store(V.Fma(V.Load(px + i) - V.Load(mean + i), V.Load(scale + i), V.Load(bias + i)), py + i);
                for (; i < columns; i++) py[i] = MathF.FusedMultiplyAdd(px[i] - mean[i], scale[i], bias[i]);
            }
        }
    }

    /// <summary>Σ dy and Σ dy·(x − mean) over a block of rows, in a strip of columns.</summary>
    readonly struct Sums(float* x, float* mean, float* dy, float* partial, int rows, int columns) : IKernel
    {
        [MethodImpl(Kernel.NoInline)]
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            int strips = ColumnMoments.Strips(columns), column = chunk % strips * 64, block = chunk / strips, padded = ColumnMoments.Padded(columns);
            int row = block * ColumnMoments.Block, count = Math.Min(ColumnMoments.Block, rows - row);
            var end = Math.Min(columns, column + 64);
            for (; column + 32 <= end; column += 32) Two<V>(row, count, column, partial + 2L * block * padded + column, padded);
            for (; column < end; column += 16) One<V>(row, count, column, Math.Min(16, end - column), partial + 2L * block * padded + column, padded);
        }

        [MethodImpl(Kernel.NoInline)]
        void Two<V>(int row, int count, int column, float* target, int padded) where V : struct, ILanes<V>
        {
            V s0 = V.Broadcast(0f), s1 = s0, d0 = s0, d1 = s0, m0 = V.Load(mean + column), m1 = V.Load(mean + column + 16);
            var at = (long)row * columns + column;
            for (var i = 0; i < count; i++, at += columns)
            {
                V g0 = V.Load(dy + at), g1 = V.Load(dy + at + 16);
                s0 += g0;
                s1 += g1;
                d0 = V.Fma(g0, V.Load(x + at) - m0, d0);
                d1 = V.Fma(g1, V.Load(x + at + 16) - m1, d1);
            }

            V.Store(s0, target);
            V.Store(s1, target + 16);
            V.Store(d0, target + padded);
            V.Store(d1, target + padded + 16);
        }

        [MethodImpl(Kernel.NoInline)]
        void One<V>(int row, int count, int column, int width, float* target, int padded) where V : struct, ILanes<V>
        {
            V s = V.Broadcast(0f), d = s, m = width == 16 ? V.Load(mean + column) : Pack.Load<V>(mean + column, width);
            var at = (long)row * columns + column;
            for (var i = 0; i < count; i++, at += columns)
            {
                var g = width == 16 ? V.Load(dy + at) : Pack.Load<V>(dy + at, width);
                s += g;
                d = V.Fma(g, (width == 16 ? V.Load(x + at) : Pack.Load<V>(x + at, width)) - m, d);
            }

            V.Store(s, target);
            V.Store(d, target + padded);
        }
    }

    /// <summary>dx = [dx +] scale·(dy − mean(dy) − (x − mean)·mean(dy·(x − mean))/(variance + ε)).</summary>
    readonly struct Gradient(
        float* x, float* mean, float* dy, float* scale, float* sum, float* dot, float* dx, bool accumulate, int rows, int columns) : IKernel
    {
        [MethodImpl(Kernel.NoInline)]
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            var size = Reduce.RowsPerChunk(columns);
            for (var row = chunk * size; row < Math.Min(rows, (chunk + 1) * size); row++)
            {
                var start = (long)row * columns;
                var i = 0;
                for (; i + 16 <= columns; i += 16)
                {
                    var inner = V.Fma(V.Load(mean + i) - V.Load(x + start + i), V.Load(dot + i), V.Load(dy + start + i) - V.Load(sum + i));
                    var g = V.Load(scale + i) * inner;
                    V.Store(accumulate ? V.Load(dx + start + i) + g : g, dx + start + i);
                }

                for (; i < columns; i++)
                {
                    var g = scale[i] * MathF.FusedMultiplyAdd(mean[i] - x[start + i], dot[i], dy[start + i] - sum[i]);
                    dx[start + i] = accumulate ? dx[start + i] + g : g;
                }
            }
        }
    }
}
