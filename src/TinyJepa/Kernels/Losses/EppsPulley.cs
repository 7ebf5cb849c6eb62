using System.Runtime.CompilerServices;

namespace TinyJepa.Kernels;

/// <summary>
/// The distance of samples from a distribution, direction by direction, by their characteristic functions (Epps &amp; Pulley 1983):
/// Σₖ Wₖ·|mean over b of exp(i·tₖ·u_b) − φₖ|² at the knots tₖ = k·h, and its gradient, which overwrites u.
/// </summary>
/// <remarks>
/// <para>Directions lie on the lanes, so that every sum over samples is one chain a lane, in blocks of <see cref="Tile"/> samples.</para>
/// <para>
/// The knots are equally spaced: one sine and cosine of θ = h·u gives all of them. With c_k = cos kθ, s_k = sin kθ the products
/// 2·c_k·c_m = c_{k+m} + c_{k−m} and 2·s_k·c_m = s_{k+m} + s_{k−m} hold for sums over samples, too: for the knots 4q + 1 … 4q + 3 only
/// Σ c_4q·c_m and Σ s_4q·c_m are summed, one FMA each, and the additions are made once per direction. The gradient, a trigonometric
/// polynomial in θ, takes the same way backwards: its coefficients are folded onto those products first.
/// </para>
/// </remarks>
static unsafe class EppsPulley
{
    /// <summary>Directions per chunk: four packs, a whole number of cache lines in each row.</summary>
    const int Columns = 64;

    /// <summary>Samples that are summed before their sum is added to the total, so that long batches are summed precisely.</summary>
    const int Tile = 256;

    internal const int Pair = 32;                        // floats of a pack of cosines and the pack of sines beside it

    /// <summary>Knots with index 4q, after the first.</summary>
    internal static int KnotGroups(int knots) => Math.Max(1, (knots + 2) / 4);

    /// <summary>Knots in tables: up to the next index 4q; the added ones weigh nothing.</summary>
    internal static int Padded(int knots) => 4 * KnotGroups(knots) + 1;

    internal static int Chunks(int slices, int directions) => slices * IntegerMath.CeilDiv(directions, Columns);

    /// <summary>The operands, for all directions.</summary>
    internal struct Task
    {
        /// <summary>[slices, samples, directions]: projections, replaced by the gradient if <see cref="Gradient"/> is set.</summary>
        internal float* U;
        internal int Samples, Directions;

        /// <summary>The distance h of the knots, and φₖ, Wₖ, Wₖ·tₖ·(what multiplies the gradient) for the padded knots.</summary>
        internal float Spacing;
        internal float* Targets, Weights, Slopes;
        internal int Knots;

        /// <summary>One statistic per slice and direction, slices <see cref="StatisticsRow"/> apart.</summary>
        internal float* Statistics;
        internal int StatisticsRow;
        internal bool Gradient;
    }

    /// <summary>Some directions of one slice.</summary>
    internal readonly struct Strip(Task task) : IKernel
    {
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            var perSlice = IntegerMath.CeilDiv(task.Directions, Columns);
            var (slice, column) = (chunk / perSlice, chunk % perSlice * Columns);
            var end = Math.Min(task.Directions, column + Columns);
            int samples = task.Samples, tables = Padded(task.Knots) * Pair;
            using var block = new Scratch.Block(2 * (nint)tables + (nint)samples * (Pair + 16));
            float* sums = block.Pointer, part = sums + tables, rotors = part + tables, copy = rotors + (nint)samples * Pair;
            for (; column < end; column += 16)
            {
                var u = task.U + (long)slice * samples * task.Directions + column;
                var statistics = task.Statistics + (long)slice * task.StatisticsRow + column;
                var count = Math.Min(16, end - column);
                if (count == 16)
                {
                    Sixteen<V>(u, task.Directions, sums, part, rotors, statistics, 16);
                    continue;
                }

                Copy(u, task.Directions, copy, 16, count, 16);
                Sixteen<V>(copy, 16, sums, part, rotors, statistics, count);
                if (task.Gradient) Copy(copy, 16, u, task.Directions, count, count);
            }
        }

        /// <summary>Sixteen directions, of which the first <paramref name="used"/> have a statistic.</summary>
        void Sixteen<V>(float* u, int row, float* sums, float* part, float* rotors, float* statistics, int used) where V : struct, ILanes<V>
        {
            var tables = Padded(task.Knots) * Pair;
            for (var from = 0; from < task.Samples; from += Tile)
            {
                var count = Math.Min(Tile, task.Samples - from);
                var tile = rotors + (long)from * Pair;
                Rotors<V>(u + (long)from * row, row, tile, count);

                var target = from == 0 ? sums : part;
                new Span<float>(target, tables).Clear();
                var paired = typeof(V) == typeof(Lanes512) ? count / 2 * 2 : 0;
                EppsPulleySums.AccumulatePairs<V>(tile, paired / 2, KnotGroups(task.Knots), target);
                EppsPulleySums.Accumulate<V>(tile + paired * Pair, count - paired, KnotGroups(task.Knots), target);
                if (from > 0) EppsPulleySums.Join<V>(part, sums, tables);
            }

            Evaluate<V>(sums, statistics, used);
            if (task.Gradient) Backward<V>(u, row, rotors, sums);
        }

        /// <summary>Columns of all samples; those beyond the <paramref name="given"/> repeat the last.</summary>
        void Copy(float* source, int sourceRow, float* target, int targetRow, int given, int written)
        {
            for (var b = 0; b < task.Samples; b++, source += sourceRow, target += targetRow)
                for (var j = 0; j < written; j++)
                    target[j] = source[Math.Min(j, given - 1)];
        }

        /// <summary>(cos θ, sin θ) of a tile of samples, in a loop of its own: its iterations are independent, those of the sums are not.</summary>
        [MethodImpl(Kernel.NoInline)]
        void Rotors<V>(float* u, int row, float* rotors, int count) where V : struct, ILanes<V>
        {
            var h = V.Broadcast(task.Spacing);
            for (var b = 0; b < count; b++, u += row, rotors += Pair)
            {
                Functions.SinCos(h * V.Load(u), out var s, out var c);
                V.Store(c, rotors);
                V.Store(s, rotors + 16);
            }
        }

        /// <summary>Computes the statistic from the sums and replaces them by the folded coefficients of the gradient.</summary>
        [MethodImpl(Kernel.NoInline)]
        void Evaluate<V>(float* sums, float* statistics, int count) where V : struct, ILanes<V>
        {
            var groups = KnotGroups(task.Knots);
            var two = V.Broadcast(2f);
            for (var q = 1; q < groups; q++)
                for (var m = 1; m < 4; m++)
                    for (var part = 0; part < Pair; part += 16)
                    {
                        var at = sums + (4 * q + m) * Pair + part;
                        V.Store(two * V.Load(at) - V.Load(sums + (4 * q - m) * Pair + part), at);
                    }

            var inverse = V.Broadcast(1f / task.Samples);
            var first = V.Broadcast(1f - task.Targets[0]);
            var statistic = V.Broadcast(task.Weights[0]) * first * first;
            for (var k = 1; k <= 4 * groups; k++)
            {
                var at = sums + k * Pair;
                V off = V.Load(at) * inverse - V.Broadcast(task.Targets[k]), imaginary = V.Load(at + 16) * inverse;
                statistic = V.Fma(V.Broadcast(task.Weights[k]), V.Fma(off, off, imaginary * imaginary), statistic);
                // ∂/∂u of (re − φ)² + im² is 2t·(im·cos tu − (re − φ)·sin tu)/B.
                var slope = V.Broadcast(task.Slopes[k]);
                V.Store(slope * imaginary, at);
                V.Store(-(slope * off), at + 16);
            }

            if (count == 16) V.Store(statistic, statistics);
            else Pack.Store(statistic, statistics, count);

            for (var q = groups - 1; q >= 1; q--)
                for (var m = 1; m < 4; m++)
                    for (var part = 0; part < Pair; part += 16)
                    {
                        float* above = sums + (4 * q + m) * Pair + part, below = sums + (4 * q - m) * Pair + part;
                        var a = V.Load(above);
                        V.Store(V.Load(below) - a, below);
                        V.Store(two * a, above);
                    }
        }

        /// <summary>u_b = Σₖ Pₖ·cos kθ + Aₖ·sin kθ, from the folded coefficients.</summary>
        [MethodImpl(Kernel.NoInline)]
        void Backward<V>(float* u, int row, float* rotors, float* coefficients) where V : struct, ILanes<V>
        {
            var last = coefficients + 4 * KnotGroups(task.Knots) * Pair;
            for (var b = 0; b < task.Samples; b++, u += row, rotors += Pair)
            {
                V c1 = V.Load(rotors), s1 = V.Load(rotors + 16);
                Angles.Multiples(c1, s1, out V c2, out V s2, out V c3, out V s3, out V c4, out V s4);
                var p = coefficients + Pair;
                var cosines = V.Fma(V.Load(p + 2 * Pair), c3, V.Fma(V.Load(p + Pair), c2, V.Load(p) * c1));
                var sines = V.Fma(V.Load(p + 2 * Pair + 16), s3, V.Fma(V.Load(p + Pair + 16), s2, V.Load(p + 16) * s1));
                V c = c4, s = s4;
                for (p = coefficients + 4 * Pair; p < last; p += 4 * Pair)
                {
                    cosines = V.Fma(Inner(p, c1, c2, c3), c, cosines);
                    sines = V.Fma(Inner(p + 16, c1, c2, c3), s, sines);
                    Angles.Rotate(ref c, ref s, c4, s4);
                }

                V.Store(V.Fma(V.Load(last), c, cosines) + V.Fma(V.Load(last + 16), s, sines), u);
            }
        }

        [MethodImpl(Kernel.Inline)]
        static V Inner<V>(float* p, V c1, V c2, V c3) where V : struct, ILanes<V> =>
            V.Fma(V.Load(p + 3 * Pair), c3, V.Fma(V.Load(p + 2 * Pair), c2, V.Fma(V.Load(p + Pair), c1, V.Load(p))));
    }
}
