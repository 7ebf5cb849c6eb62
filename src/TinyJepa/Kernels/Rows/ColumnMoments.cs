using System.Runtime.CompilerServices;

namespace TinyJepa.Kernels;

/// <summary>
/// Mean and Σ(x − mean)²/divisor down the columns of [outer, rows, columns]. Blocks of 256 rows are summed in order, twice while the cache
/// holds them, and their moments are combined in order (Chan, Golub &amp; LeVeque 1979, eq. 2.1). A mean is within (256 + blocks) rounding units of
/// the largest partial sum, a variance within as many of itself, whatever the mean is.
/// </summary>
static unsafe class ColumnMoments
{
    internal const int Block = 256;

    const int Columns = 64;                              // four packs: enough sums to hide the latency of one

    internal static void Run(float* x, int outer, int rows, int columns, float divisor, float* mean, float* variance)
    {
        var blocks = Math.Max(1, IntegerMath.CeilDiv(rows, Block));
        var size = (nint)outer * blocks * Padded(columns);
        using var block = new Scratch.Block(2 * size);
        float* means = block.Pointer, squares = means + size;
        Cores.Run(new Blocks(x, rows, columns, blocks, means, squares), outer * blocks * Strips(columns));
        Cores.Run(new Combine(means, squares, rows, columns, blocks, divisor, mean, variance), outer * Strips(columns));
    }

    internal static int Padded(int columns) => IntegerMath.RoundUp(columns, 16);

    internal static int Strips(int columns) => IntegerMath.CeilDiv(columns, Columns);

    /// <summary>The moments of one block in one strip of columns.</summary>
    readonly struct Blocks(float* x, int rows, int columns, int blocks, float* means, float* squares) : IKernel
    {
        [MethodImpl(Kernel.NoInline)]
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            int strips = Strips(columns), column = chunk % strips * Columns, block = chunk / strips;
            int row = block % blocks * Block, count = Math.Min(Block, rows - row);
            var source = x + ((long)(block / blocks) * rows + row) * columns + column;
            float* m = means + (long)block * Padded(columns) + column, s = squares + (long)block * Padded(columns) + column;
            var width = Math.Min(Columns, columns - column);
            if (width == Columns)
            {
                FourPacks<V>(source, count, m, s);
                return;
            }

            for (; width > 0; width -= 16, source += 16, m += 16, s += 16) One<V>(source, count, Math.Min(16, width), m, s);
        }

        [MethodImpl(Kernel.NoInline)]
        void FourPacks<V>(float* source, int count, float* m, float* s) where V : struct, ILanes<V>
        {
            V s0 = V.Broadcast(0f), s1 = s0, s2 = s0, s3 = s0, n = V.Broadcast(count);
            var p = source;
            for (var i = 0; i < count; i++, p += columns)
            {
                s0 += V.Load(p);
                s1 += V.Load(p + 16);
                s2 += V.Load(p + 32);
                s3 += V.Load(p + 48);
            }

            V m0 = s0 / n, m1 = s1 / n, m2 = s2 / n, m3 = s3 / n;
            V.Store(m0, m);
            V.Store(m1, m + 16);
            V.Store(m2, m + 32);
            V.Store(m3, m + 48);
            s0 = s1 = s2 = s3 = V.Broadcast(0f);
            p = source;
            for (var i = 0; i < count; i++, p += columns)
            {
                V d0 = V.Load(p) - m0, d1 = V.Load(p + 16) - m1, d2 = V.Load(p + 32) - m2, d3 = V.Load(p + 48) - m3;
                s0 = V.Fma(d0, d0, s0);
                s1 = V.Fma(d1, d1, s1);
                s2 = V.Fma(d2, d2, s2);
                s3 = V.Fma(d3, d3, s3);
            }

            V.Store(s0, s);
            V.Store(s1, s + 16);
            V.Store(s2, s + 32);
            V.Store(s3, s + 48);
        }

        [MethodImpl(Kernel.NoInline)]
        void One<V>(float* source, int count, int width, float* m, float* s) where V : struct, ILanes<V>
        {
            var sum = V.Broadcast(0f);
            var p = source;
            for (var i = 0; i < count; i++, p += columns) sum += width == 16 ? V.Load(p) : Pack.Load<V>(p, width);
            var mean = sum / V.Broadcast(count);
            V.Store(mean, m);
            var squares = V.Broadcast(0f);
            p = source;
            for (var i = 0; i < count; i++, p += columns)
            {
                var d = (width == 16 ? V.Load(p) : Pack.Load<V>(p, width)) - mean;
                squares = V.Fma(d, d, squares);
            }

            V.Store(squares, s);
        }
    }

    /// <summary>mean += δ·n₂/n, squares += squares₂ + δ²·n₁n₂/n, with δ the difference of the two means.</summary>
    readonly struct Combine(float* means, float* squares, int rows, int columns, int blocks, float divisor, float* mean, float* variance) : IKernel
    {
        [MethodImpl(Kernel.NoInline)]
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            int strips = Strips(columns), first = chunk % strips * Columns, outer = chunk / strips, padded = Padded(columns);
            for (var column = first; column < Math.Min(columns, first + Columns); column += 16)
            {
                long at = (long)outer * blocks * padded + column, result = (long)outer * columns + column;
                V m = V.Load(means + at), s = V.Load(squares + at);
                for (var block = 1; block < blocks; block++)
                {
                    at += padded;
                    var before = (float)(block * Block);
                    var count = (float)Math.Min(Block, rows - block * Block);
                    var fraction = count / (before + count);
                    var delta = V.Load(means + at) - m;
                    s += V.Fma(delta * delta, V.Broadcast(before * fraction), V.Load(squares + at));
                    m = V.Fma(delta, V.Broadcast(fraction), m);
                }

                s /= V.Broadcast(divisor);
                var width = Math.Min(16, columns - column);
                if (width == 16)
                {
                    V.Store(m, mean + result);
                    V.Store(s, variance + result);
                }
                else
                {
                    Pack.Store(m, mean + result, width);
                    Pack.Store(s, variance + result, width);
                }
            }
        }
    }
}
