using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace TinyJepa.Kernels;

/// <summary>Turns rows into lanes and back: tokens of one head into a panel whose columns are tokens.</summary>
/// <remarks>In squares of 4 × 4 by shuffles where x86 has them: a third of the time of one number at a time. No sums, so no order to keep.</remarks>
static unsafe class Turn
{
    /// <summary>panel[d, i] = scale·x[i, d]; columns from <paramref name="count"/> on are zero.</summary>
    [MethodImpl(Kernel.Alone)]
    internal static void In<V>(float* x, int row, int count, int dim, float scale, float* panel, int width) where V : struct, ILanes<V>
    {
        var i = 0;
        if (typeof(V) == typeof(Lanes512) || typeof(V) == typeof(Lanes256x2))
        {
            var factor = Vector128.Create(scale);
            for (; i + 4 <= count; i += 4, x += 4L * row)
            {
                float* x1 = x + row, x2 = x1 + row, x3 = x2 + row, to = panel + i;
                var d = 0;
                for (; d + 4 <= dim; d += 4, to += 4 * width)
                {
                    Vector128<float> r0 = Vector128.Load(x + d), r1 = Vector128.Load(x1 + d), r2 = Vector128.Load(x2 + d), r3 = Vector128.Load(x3 + d);
                    Square(ref r0, ref r1, ref r2, ref r3);
                    (r0 * factor).Store(to);
                    (r1 * factor).Store(to + width);
                    (r2 * factor).Store(to + 2 * width);
                    (r3 * factor).Store(to + 3 * width);
                }

                for (; d < dim; d++, to += width) (to[0], to[1], to[2], to[3]) = (x[d] * scale, x1[d] * scale, x2[d] * scale, x3[d] * scale);
            }
        }

        for (; i < count; i++, x += row)
            for (var d = 0; d < dim; d++)
                panel[d * width + i] = x[d] * scale;
        for (; i < width; i++)
            for (var d = 0; d < dim; d++)
                panel[d * width + i] = 0f;
    }

    /// <summary>y[i, d] = keep·y + panel[d, i] for the first <paramref name="count"/> columns.</summary>
    [MethodImpl(Kernel.Alone)]
    internal static void Out<V>(float* panel, int width, int count, int dim, float* y, int row, bool keep) where V : struct, ILanes<V>
    {
        var i = 0;
        if (typeof(V) == typeof(Lanes512) || typeof(V) == typeof(Lanes256x2))
        {
            for (; i + 4 <= count; i += 4, y += 4L * row)
            {
                float* y1 = y + row, y2 = y1 + row, y3 = y2 + row, from = panel + i;
                var d = 0;
                for (; d + 4 <= dim; d += 4, from += 4 * width)
                {
                    Vector128<float> r0 = Vector128.Load(from), r1 = Vector128.Load(from + width);
                    Vector128<float> r2 = Vector128.Load(from + 2 * width), r3 = Vector128.Load(from + 3 * width);
                    Square(ref r0, ref r1, ref r2, ref r3);
                    if (keep)
                    {
                        r0 += Vector128.Load(y + d);
                        r1 += Vector128.Load(y1 + d);
                        r2 += Vector128.Load(y2 + d);
                        r3 += Vector128.Load(y3 + d);
                    }

                    r0.Store(y + d);
                    r1.Store(y1 + d);
                    r2.Store(y2 + d);
                    r3.Store(y3 + d);
                }

                for (; d < dim; d++, from += width)
                    (y[d], y1[d], y2[d], y3[d]) = keep ? (y[d] + from[0], y1[d] + from[1], y2[d] + from[2], y3[d] + from[3]) : (from[0], from[1], from[2], from[3]);
            }
        }

        for (; i < count; i++, y += row)
            for (var d = 0; d < dim; d++)
                y[d] = keep ? y[d] + panel[d * width + i] : panel[d * width + i];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Square(ref Vector128<float> r0, ref Vector128<float> r1, ref Vector128<float> r2, ref Vector128<float> r3)
    {
        Vector128<float> t0 = Sse.UnpackLow(r0, r1), t1 = Sse.UnpackLow(r2, r3), t2 = Sse.UnpackHigh(r0, r1), t3 = Sse.UnpackHigh(r2, r3);
        (r0, r1, r2, r3) = (Sse.MoveLowToHigh(t0, t1), Sse.MoveHighToLow(t1, t0), Sse.MoveLowToHigh(t2, t3), Sse.MoveHighToLow(t3, t2));
    }
}
