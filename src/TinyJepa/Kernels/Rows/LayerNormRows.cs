using System.Runtime.CompilerServices;

namespace TinyJepa.Kernels;

/// <summary>
/// Layer normalisation with what follows it in one pass over each row: y = n·weight + bias for n = (x − mean)·rstd (Ba et al. 2016, eq. 4), or
/// y = n·(1 + scale) + shift with a scale and a shift for each row (Peebles &amp; Xie 2023, §3.2). n itself is never stored: backward
/// computes it again from x, mean and rstd, which is cheaper than writing and reading it.
/// </summary>
static unsafe class LayerNormRows
{
    /// <summary>A factor and a summand for every element of a row: the same for all rows if the stride is 0.</summary>
    /// <param name="Factor">The factors, to which <paramref name="One"/> is added.</param>
    /// <param name="Summand">The summands.</param>
    /// <param name="Stride">From one row's to the next's.</param>
    /// <param name="One">1 if the factor is 1 + scale, 0 if it is a weight.</param>
    internal readonly struct Affine(float* Factor, float* Summand, long Stride, float One)
    {
        internal readonly float* Factor = Factor, Summand = Summand;
        internal readonly long Stride = Stride;
        internal readonly float One = One;
    }

    /// <summary>
    /// Rows that pass each step before any passes the next. The sum, division and root of one row depend on each other and take longer than its
    /// elements, so the processor needs other rows to work on.
    /// </summary>
    const int RowsPerStep = 8;

    /// <summary>y, and mean and rstd of every row.</summary>
    internal readonly struct Forward(float* x, Affine affine, float epsilon, float* y, float* mean, float* rstd, int rows, int width) : IKernel
    {
        [MethodImpl(Kernel.NoInline)]
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            var size = Reduce.RowsPerChunk(width);
            var end = Math.Min(rows, (chunk + 1) * size);
            for (var first = chunk * size; first < end; first += RowsPerStep)
            {
                var last = Math.Min(end, first + RowsPerStep);
                for (var row = first; row < last; row++) mean[row] = V.Sum(Reduce.Lanes<V>(x + (long)row * width, width)) / width;
                for (var row = first; row < last; row++) rstd[row] = 1f / MathF.Sqrt(Squares<V>(x + (long)row * width, mean[row]) / width + epsilon);
                for (var row = first; row < last; row++)
                {
                    var (at, own) = (row * (long)width, row * affine.Stride);
                    OneRow<V>(x + at, y + at, affine.Factor + own, affine.Summand + own, mean[row], rstd[row]);
                }
            }
        }

        [MethodImpl(Kernel.Inline)]
        float Squares<V>(float* px, float center) where V : struct, ILanes<V>
        {
            var mean = V.Broadcast(center);
            var (s0, s1) = (V.Broadcast(0f), V.Broadcast(0f));
            var (s2, s3) = (s0, s1);
            var i = 0;
            for (; i + 64 <= width; i += 64)
            {
                V d0 = V.Load(px + i) - mean, d1 = V.Load(px + i + 16) - mean, d2 = V.Load(px + i + 32) - mean, d3 = V.Load(px + i + 48) - mean;
                s0 = V.Fma(d0, d0, s0);
                s1 = V.Fma(d1, d1, s1);
                s2 = V.Fma(d2, d2, s2);
                s3 = V.Fma(d3, d3, s3);
            }

            for (; i < width; i += 16)
            {
                var d = (i + 16 <= width ? V.Load(px + i) : Pack.Load<V>(px + i, width - i, center)) - mean;
                s0 = V.Fma(d, d, s0);
            }

            return V.Sum(s0 + s1 + (s2 + s3));
        }

        [MethodImpl(Kernel.Inline)]
        void OneRow<V>(float* px, float* py, float* factor, float* summand, float center, float reciprocal) where V : struct, ILanes<V>
        {
            var (mean, scale, one) = (V.Broadcast(center), V.Broadcast(reciprocal), V.Broadcast(affine.One));
            var i = 0;
            for (; i + 16 <= width; i += 16)
                V.Store(V.Fma((V.Load(px + i) - mean) * scale, one + V.Load(factor + i), V.Load(summand + i)), py + i);
            var rest = width - i;
            if (rest == 0) return;
            var n = (Pack.Load<V>(px + i, rest) - mean) * scale;
            Pack.Store(V.Fma(n, one + Pack.Load<V>(factor + i, rest), Pack.Load<V>(summand + i, rest)), py + i, rest);
        }
    }

    /// <summary>
    /// dx = [dx +] rstd·(g − mean(g) − n·mean(g·n)) for g = dy·factor, and the sums dFactor += dy·n, dSummand += dy: into the block's own row
    /// of partial sums if their stride is 0, into each row's own place otherwise.
    /// </summary>
    /// <param name="x">[rows, width]</param>
    /// <param name="affine">The factors; the summands are not read.</param>
    /// <param name="mean">Of every row.</param>
    /// <param name="rstd">Of every row.</param>
    /// <param name="dy">[rows, width]</param>
    /// <param name="dx">[rows, width], or null.</param>
    /// <param name="accumulate">Whether dx is added to.</param>
    /// <param name="sums">Where the sums are written; null pointers if they are not needed.</param>
    /// <param name="size">Rows of a chunk: <see cref="RowsPerBlock"/>.</param>
    /// <param name="rows">How many.</param>
    /// <param name="width">Elements of each.</param>
    internal readonly struct Backward(
        float* x, Affine affine, float* mean, float* rstd, float* dy, float* dx, bool accumulate, Affine sums, int size, int rows, int width) : IKernel
    {
        [MethodImpl(Kernel.NoInline)]
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            // Partial sums: a row of each for this block, from zero. Otherwise every row adds to its own.
            var partial = sums.Factor is not null && sums.Stride == 0;
            float* dFactor = sums.Factor + (partial ? (long)chunk * width : 0), dSummand = sums.Summand + (partial ? (long)chunk * width : 0);
            for (var i = 0; partial && i < width; i++) dFactor[i] = dSummand[i] = 0f;

            float* meanG = stackalloc float[RowsPerStep], meanDot = stackalloc float[RowsPerStep];
            var end = Math.Min(rows, (chunk + 1) * size);
            for (var first = chunk * size; first < end; first += RowsPerStep)
            {
                var count = Math.Min(end - first, RowsPerStep);
                if (partial && count == RowsPerStep && affine.Stride == 0 && dx is not null)
                {
                    for (var i = 0; i < RowsPerStep; i += 4) FourRows<V>(first + i, meanG + i, meanDot + i, dFactor, dSummand);
                    for (var i = 0; i < RowsPerStep; i++) OneRow<V>(first + i, meanG[i], meanDot[i]);
                    continue;
                }

                for (var i = 0; dx is not null && i < count; i++) Means<V>(first + i, ref meanG[i], ref meanDot[i]);
                for (var i = 0; dx is not null && i < count; i++) OneRow<V>(first + i, meanG[i], meanDot[i]);
                if (sums.Factor is null) continue;
                if (partial) Gather<V>(first, count, dFactor, dSummand);
                else for (var i = 0; i < count; i++) Gather<V>(first + i, 1, dFactor + (first + i) * sums.Stride, dSummand + (first + i) * sums.Stride);
            }
        }

        /// <summary>
        /// mean(g) and mean(g·n) of four rows, and their terms of the column sums in the same pass, with the same loads. Eight sums along
        /// the rows, two down the columns and the rows' means and scales fill the registers.
        /// </summary>
        [MethodImpl(Kernel.Inline)]
        void FourRows<V>(int first, float* meanG, float* meanDot, float* dFactor, float* dSummand) where V : struct, ILanes<V>
        {
            float* x0 = x + (long)first * width, x1 = x0 + width, x2 = x1 + width, x3 = x2 + width;
            float* y0 = dy + (long)first * width, y1 = y0 + width, y2 = y1 + width, y3 = y2 + width;
            V c0 = V.Broadcast(mean[first]), c1 = V.Broadcast(mean[first + 1]), c2 = V.Broadcast(mean[first + 2]), c3 = V.Broadcast(mean[first + 3]);
            V s0 = V.Broadcast(rstd[first]), s1 = V.Broadcast(rstd[first + 1]), s2 = V.Broadcast(rstd[first + 2]), s3 = V.Broadcast(rstd[first + 3]);
            V g0 = V.Broadcast(0f), g1 = g0, g2 = g0, g3 = g0, d0 = g0, d1 = g0, d2 = g0, d3 = g0;
            var one = V.Broadcast(affine.One);
            var j = 0;
            for (; j + 16 <= width; j += 16)
            {
                V f = one + V.Load(affine.Factor + j), factor = V.Load(dFactor + j), summand = V.Load(dSummand + j);
                Accumulate(V.Load(y0 + j), V.Load(x0 + j) - c0, s0, f, ref g0, ref d0, ref factor, ref summand);
                Accumulate(V.Load(y1 + j), V.Load(x1 + j) - c1, s1, f, ref g1, ref d1, ref factor, ref summand);
                Accumulate(V.Load(y2 + j), V.Load(x2 + j) - c2, s2, f, ref g2, ref d2, ref factor, ref summand);
                Accumulate(V.Load(y3 + j), V.Load(x3 + j) - c3, s3, f, ref g3, ref d3, ref factor, ref summand);
                V.Store(factor, dFactor + j);
                V.Store(summand, dSummand + j);
            }

            var rest = width - j;
            if (rest > 0)
            {
                V f = one + Pack.Load<V>(affine.Factor + j, rest), factor = Pack.Load<V>(dFactor + j, rest), summand = Pack.Load<V>(dSummand + j, rest);
                Accumulate(Pack.Load<V>(y0 + j, rest), Pack.Load<V>(x0 + j, rest) - c0, s0, f, ref g0, ref d0, ref factor, ref summand);
                Accumulate(Pack.Load<V>(y1 + j, rest), Pack.Load<V>(x1 + j, rest) - c1, s1, f, ref g1, ref d1, ref factor, ref summand);
                Accumulate(Pack.Load<V>(y2 + j, rest), Pack.Load<V>(x2 + j, rest) - c2, s2, f, ref g2, ref d2, ref factor, ref summand);
                Accumulate(Pack.Load<V>(y3 + j, rest), Pack.Load<V>(x3 + j, rest) - c3, s3, f, ref g3, ref d3, ref factor, ref summand);
                Pack.Store(factor, dFactor + j, rest);
                Pack.Store(summand, dSummand + j, rest);
            }

            (meanG[0], meanG[1], meanG[2], meanG[3]) = (V.Sum(g0) / width, V.Sum(g1) / width, V.Sum(g2) / width, V.Sum(g3) / width);
            (meanDot[0], meanDot[1]) = (V.Sum(d0) * rstd[first] / width, V.Sum(d1) * rstd[first + 1] / width);
            (meanDot[2], meanDot[3]) = (V.Sum(d2) * rstd[first + 2] / width, V.Sum(d3) * rstd[first + 3] / width);
        }

        /// <summary>One pack of one row: dy·factor and dy·factor·(x − mean) to the row's sums, dy·n and dy to the columns'.</summary>
        [MethodImpl(Kernel.Inline)]
        static void Accumulate<V>(V dy, V centered, V scale, V f, ref V g, ref V dot, ref V factor, ref V summand) where V : struct, ILanes<V>
        {
            var product = dy * centered;
            g = V.Fma(dy, f, g);
            dot = V.Fma(product, f, dot);
            factor = V.Fma(product, scale, factor);
            summand += dy;
        }

        /// <summary>Adds the terms of some rows, one row after the other, to the column sums, which stay in registers meanwhile.</summary>
        [MethodImpl(Kernel.Inline)]
        void Gather<V>(int first, int count, float* dFactor, float* dSummand) where V : struct, ILanes<V>
        {
            float* px = x + (long)first * width, pdy = dy + (long)first * width, centers = mean + first, scales = rstd + first;
            long stride = width;
            var j = 0;
            for (; j + 16 <= width; j += 16, px += 16, pdy += 16)
            {
                V factor = V.Load(dFactor + j), summand = V.Load(dSummand + j);
                float* at = px, dat = pdy;
                for (var row = 0; row < count; row++, at += stride, dat += stride)
                {
                    var d = V.Load(dat);
                    factor = V.Fma(d, (V.Load(at) - V.Broadcast(centers[row])) * V.Broadcast(scales[row]), factor);
                    summand += d;
                }

                V.Store(factor, dFactor + j);
                V.Store(summand, dSummand + j);
            }

            var rest = width - j;
            if (rest == 0) return;
            V lastFactor = Pack.Load<V>(dFactor + j, rest), lastSummand = Pack.Load<V>(dSummand + j, rest);
            for (var row = 0; row < count; row++, px += stride, pdy += stride)
            {
                var d = Pack.Load<V>(pdy, rest);
                lastFactor = V.Fma(d, (Pack.Load<V>(px, rest) - V.Broadcast(centers[row])) * V.Broadcast(scales[row]), lastFactor);
                lastSummand += d;
            }

            Pack.Store(lastFactor, dFactor + j, rest);
            Pack.Store(lastSummand, dSummand + j, rest);
        }

        /// <summary>mean(g) and mean(g·n) of a row.</summary>
        [MethodImpl(Kernel.Inline)]
        void Means<V>(int row, ref float meanG, ref float meanDot) where V : struct, ILanes<V>
        {
            float* px = x + (long)row * width, pdy = dy + (long)row * width, factor = affine.Factor + row * affine.Stride;
            var (center, scale, one) = (V.Broadcast(mean[row]), V.Broadcast(rstd[row]), V.Broadcast(affine.One));
            var (sum0, dot0) = (V.Broadcast(0f), V.Broadcast(0f));
            var (sum1, dot1) = (sum0, dot0);
            var i = 0;
            for (; i + 32 <= width; i += 32)
            {
                V g0 = V.Load(pdy + i) * (one + V.Load(factor + i)), g1 = V.Load(pdy + i + 16) * (one + V.Load(factor + i + 16));
                sum0 += g0;
                sum1 += g1;
                dot0 = V.Fma(g0, (V.Load(px + i) - center) * scale, dot0);
                dot1 = V.Fma(g1, (V.Load(px + i + 16) - center) * scale, dot1);
            }

            for (; i + 16 <= width; i += 16)
            {
                var g = V.Load(pdy + i) * (one + V.Load(factor + i));
                sum0 += g;
                dot0 = V.Fma(g, (V.Load(px + i) - center) * scale, dot0);
            }

            var rest = width - i;
            if (rest > 0)
            {
                var g = Pack.Load<V>(pdy + i, rest) * (one + Pack.Load<V>(factor + i, rest));
                sum1 += g;
                dot1 = V.Fma(g, (Pack.Load<V>(px + i, rest) - center) * scale, dot1);
            }

            meanG = V.Sum(sum0 + sum1) / width;
            meanDot = V.Sum(dot0 + dot1) / width;
        }

        /// <summary>dx of a row.</summary>
        [MethodImpl(Kernel.Inline)]
        void OneRow<V>(int row, float g, float dot) where V : struct, ILanes<V>
        {
            var at = (long)row * width;
            float* px = x + at, pdy = dy + at, pdx = dx + at, factor = affine.Factor + row * affine.Stride;
            var (center, scale, one) = (V.Broadcast(mean[row]), V.Broadcast(rstd[row]), V.Broadcast(affine.One));
            V slope = V.Broadcast(-rstd[row] * rstd[row] * dot), level = V.Broadcast(-rstd[row] * g);
            var i = 0;
            for (; i + 16 <= width; i += 16)
            {
                var d = V.Fma(V.Load(pdy + i) * (one + V.Load(factor + i)), scale, V.Fma(V.Load(px + i) - center, slope, level));
                V.Store(accumulate ? V.Load(pdx + i) + d : d, pdx + i);
            }

            var rest = width - i;
            if (rest == 0) return;
            var g0 = Pack.Load<V>(pdy + i, rest) * (one + Pack.Load<V>(factor + i, rest));
            var last = V.Fma(g0, scale, V.Fma(Pack.Load<V>(px + i, rest) - center, slope, level));
            Pack.Store(accumulate ? Pack.Load<V>(pdx + i, rest) + last : last, pdx + i, rest);
        }
    }

    /// <summary>Rows whose sums one block gathers: a chunk's, or more when there would be over 64 blocks.</summary>
    internal static int RowsPerBlock(int rows, int width) => Math.Max(Reduce.RowsPerChunk(width), IntegerMath.CeilDiv(rows, 64));
}
