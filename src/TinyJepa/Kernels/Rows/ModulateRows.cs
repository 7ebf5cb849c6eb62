using System.Runtime.CompilerServices;

namespace TinyJepa.Kernels;

/// <summary>
/// Rows modulated by column ranges of another matrix, which are read and written in place: n·(1 + scale) + shift and x + gate·y
/// (Peebles &amp; Xie 2023, §3.2, adaLN-Zero).
/// </summary>
static unsafe class ModulateRows
{
    /// <summary>y = n·(1 + scale) + shift; rows of scale and shift are a stride apart.</summary>
    internal readonly struct Modulate(float* n, float* shift, float* scale, long stride, float* y, int rows, int width) : IKernel
    {
        [MethodImpl(Kernel.NoInline)]
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            var size = Reduce.RowsPerChunk(width);
            var one = V.Broadcast(1f);
            for (var row = chunk * size; row < Math.Min(rows, (chunk + 1) * size); row++)
            {
                float* pn = n + (long)row * width, py = y + (long)row * width, ps = scale + row * stride, pb = shift + row * stride;
                var i = 0;
                for (; i + 16 <= width; i += 16) V.Store(V.Fma(V.Load(pn + i), one + V.Load(ps + i), V.Load(pb + i)), py + i);
                var rest = width - i;
                if (rest > 0) Pack.Store(V.Fma(Pack.Load<V>(pn + i, rest), one + Pack.Load<V>(ps + i, rest), Pack.Load<V>(pb + i, rest)), py + i, rest);
            }
        }
    }

    /// <summary>dn = [dn +] dy·(1 + scale), dScale += dy·n, dShift += dy; null skips a gradient.</summary>
    internal readonly struct ModulateBackward(
        float* n, float* scale, float* dy, float* dn, bool accumulate, float* dShift, float* dScale, long stride, int rows, int width) : IKernel
    {
        [MethodImpl(Kernel.NoInline)]
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            var size = Reduce.RowsPerChunk(width);
            for (var row = chunk * size; row < Math.Min(rows, (chunk + 1) * size); row++)
            {
                float* pn = n + (long)row * width, pdy = dy + (long)row * width, ps = scale + row * stride;
                if (dn is not null) Times<V>(pdy, ps, 1f, dn + (long)row * width, accumulate, width);
                if (dScale is null) continue;
                Times<V>(pdy, pn, 0f, dScale + row * stride, true, width);
                Plus<V>(pdy, dShift + row * stride, width);
            }
        }
    }

    /// <summary>y = x + gate·z.</summary>
    internal readonly struct AddGated(float* x, float* z, float* gate, long stride, float* y, int rows, int width) : IKernel
    {
        [MethodImpl(Kernel.NoInline)]
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            var size = Reduce.RowsPerChunk(width);
            for (var row = chunk * size; row < Math.Min(rows, (chunk + 1) * size); row++)
            {
                float* px = x + (long)row * width, pz = z + (long)row * width, py = y + (long)row * width, pg = gate + row * stride;
                var i = 0;
                for (; i + 16 <= width; i += 16) V.Store(V.Fma(V.Load(pg + i), V.Load(pz + i), V.Load(px + i)), py + i);
                var rest = width - i;
                if (rest > 0) Pack.Store(V.Fma(Pack.Load<V>(pg + i, rest), Pack.Load<V>(pz + i, rest), Pack.Load<V>(px + i, rest)), py + i, rest);
            }
        }
    }

    /// <summary>dz = [dz +] dy·gate, dGate += dy·z; null skips a gradient.</summary>
    internal readonly struct AddGatedBackward(
        float* z, float* gate, float* dy, float* dz, bool accumulate, float* dGate, long stride, int rows, int width) : IKernel
    {
        [MethodImpl(Kernel.NoInline)]
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            var size = Reduce.RowsPerChunk(width);
            for (var row = chunk * size; row < Math.Min(rows, (chunk + 1) * size); row++)
            {
                float* pz = z + (long)row * width, pdy = dy + (long)row * width;
                if (dz is not null) Times<V>(pdy, gate + row * stride, 0f, dz + (long)row * width, accumulate, width);
                if (dGate is not null) Times<V>(pdy, pz, 0f, dGate + row * stride, true, width);
            }
        }
    }

    /// <summary>d = [d +] dy·(b + c).</summary>
    [MethodImpl(Kernel.Inline)]
    static void Times<V>(float* dy, float* b, float c, float* d, bool accumulate, int width) where V : struct, ILanes<V>
    {
        var summand = V.Broadcast(c);
        var i = 0;
        for (; i + 16 <= width; i += 16)
        {
            var factor = V.Load(b + i) + summand;
            V.Store(accumulate ? V.Fma(V.Load(dy + i), factor, V.Load(d + i)) : V.Load(dy + i) * factor, d + i);
        }

        var rest = width - i;
        if (rest == 0) return;
        var last = Pack.Load<V>(b + i, rest) + summand;
        Pack.Store(accumulate ? V.Fma(Pack.Load<V>(dy + i, rest), last, Pack.Load<V>(d + i, rest)) : Pack.Load<V>(dy + i, rest) * last, d + i, rest);
    }

    /// <summary>d += dy.</summary>
    [MethodImpl(Kernel.Inline)]
    static void Plus<V>(float* dy, float* d, int width) where V : struct, ILanes<V>
    {
        var i = 0;
        for (; i + 16 <= width; i += 16) V.Store(V.Load(d + i) + V.Load(dy + i), d + i);
        var rest = width - i;
        if (rest > 0) Pack.Store(Pack.Load<V>(d + i, rest) + Pack.Load<V>(dy + i, rest), d + i, rest);
    }
}
