using System.Runtime.CompilerServices;

namespace TinyJepa.Kernels;

/// <summary>Loops that compute each output from the inputs at the same position.</summary>
static unsafe class Elementwise
{
    /// <summary>Elements per chunk: 32 KB, the first-level cache, and about the work that repays waking a second thread.</summary>
    internal const int Chunk = 8192;

    internal static int Chunks(int n) => IntegerMath.CeilDiv(n, Chunk);

    /// <summary>Copies the rest of a chunk to a buffer, from which whole packs may be read.</summary>
    static float* Rest(float* source, int count, float* buffer)
    {
        for (var i = 0; i < count; i++) buffer[i] = source[i];
        return buffer;
    }

    /// <summary>y = f(x).</summary>
    internal readonly struct Map<F>(F f, float* x, float* y, int n) : IKernel where F : unmanaged, IUnaryFunction
    {
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            if (typeof(V) == typeof(Lanes512)) Loop<Lanes512x4>(chunk);
            else Loop<V>(chunk);
        }

        [MethodImpl(Kernel.NoInline)]
        void Loop<V>(int chunk) where V : struct, IPack<V>
        {
            var (i, end) = (chunk * Chunk, Math.Min(n, (chunk + 1) * Chunk));
            var buffer = stackalloc float[Lanes512x4.Count];
            for (; i < end; i += V.Width)
            {
                // The rest is copied to a buffer, so that the formula is inlined here only once: the JIT's budget for a method is limited.
                var rest = end - i;
                float* from = x + i, to = y + i;
                if (rest < V.Width) from = to = Rest(from, rest, buffer);

                V.Store(f.Value(V.Load(from)), to);
                for (var j = 0; rest < V.Width && j < rest; j++) y[i + j] = buffer[j];
            }
        }
    }

    /// <summary>dx = [dx +] dy·f′(x).</summary>
    internal readonly struct MapBackward<F>(F f, float* x, float* y, float* dy, float* dx, bool accumulate, int n) : IKernel where F : unmanaged, IUnary
    {
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            if (typeof(V) == typeof(Lanes512)) Loop<Lanes512x4>(chunk);
            else Loop<V>(chunk);
        }

        [MethodImpl(Kernel.NoInline)]
        void Loop<V>(int chunk) where V : struct, IPack<V>
        {
            var (i, end) = (chunk * Chunk, Math.Min(n, (chunk + 1) * Chunk));
            var buffer = stackalloc float[4 * Lanes512x4.Count];
            for (; i < end; i += V.Width)
            {
                var rest = end - i;
                float* px = x + i, py = y + i, pdy = dy + i, pdx = dx + i;
                if (rest < V.Width)
                {
                    px = Rest(px, rest, buffer);
                    py = Rest(py, rest, buffer + Lanes512x4.Count);
                    pdy = Rest(pdy, rest, buffer + 2 * Lanes512x4.Count);
                    pdx = accumulate ? Rest(pdx, rest, buffer + 3 * Lanes512x4.Count) : buffer + 3 * Lanes512x4.Count;
                }

                var slope = f.Slope(V.Load(px), V.Load(py));
                if (accumulate) V.Store(V.Fma(V.Load(pdy), slope, V.Load(pdx)), pdx);
                else V.Store(V.Load(pdy) * slope, pdx);
                for (var j = 0; rest < V.Width && j < rest; j++) dx[i + j] = pdx[j];
            }
        }
    }

    /// <summary>y = f(a, b); b has <paramref name="period"/> elements and repeats along a.</summary>
    internal readonly struct Zip<F>(F f, float* a, float* b, int period, float* y, int n) : IKernel where F : unmanaged, IBinaryFunction
    {
        [MethodImpl(Kernel.NoInline)]
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            foreach (var run in new Runs(chunk, n, period))
            {
                float* pa = a + run.Start, pb = b + run.Phase, py = y + run.Start;
                var i = 0;
                for (; i + 16 <= run.Count; i += 16) V.Store(f.Value(V.Load(pa + i), V.Load(pb + i)), py + i);
                var last = run.Count - i;
                if (last > 0) Pack.Store(f.Value(Pack.Load<V>(pa + i, last, 1f), Pack.Load<V>(pb + i, last, 1f)), py + i, last);
            }
        }
    }

    /// <summary>da = [da +] dy·∂f/∂a, or with <paramref name="ofB"/> the same for b (not yet summed over its repetitions).</summary>
    internal readonly struct ZipBackward<F>(F f, bool ofB, float* a, float* b, int period, float* y, float* dy, float* d, bool accumulate, int n)
        : IKernel where F : unmanaged, IBinary
    {
        [MethodImpl(Kernel.NoInline)]
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            foreach (var run in new Runs(chunk, n, period))
            {
                var s = run.Start;
                var i = 0;
                for (; i + 16 <= run.Count; i += 16)
                {
                    var slope = Slope(V.Load(a + s + i), V.Load(b + run.Phase + i), V.Load(y + s + i));
                    var upstream = V.Load(dy + s + i);
                    V.Store(accumulate ? V.Fma(upstream, slope, V.Load(d + s + i)) : upstream * slope, d + s + i);
                }

                var last = run.Count - i;
                if (last == 0) continue;
                s += i;
                var slopes = Slope(Pack.Load<V>(a + s, last, 1f), Pack.Load<V>(b + run.Phase + i, last, 1f), Pack.Load<V>(y + s, last, 1f));
                var upstreams = Pack.Load<V>(dy + s, last);
                Pack.Store(accumulate ? V.Fma(upstreams, slopes, Pack.Load<V>(d + s, last)) : upstreams * slopes, d + s, last);
            }
        }

        [MethodImpl(Kernel.Inline)]
        V Slope<V>(V va, V vb, V vy) where V : struct, ILanes<V> => ofB ? f.SlopeB(va, vb, vy) : f.SlopeA(va, vb, vy);
    }

    /// <summary>
    /// The length to which a repeated operand is first laid out, 0 for none: whole packs, and long enough that the cost of each restart is negligible.
    /// Without it a row of 4 along a million elements took 8 ms instead of 0.1.
    /// </summary>
    internal static int TileLength(int period, int n)
    {
        const int enough = 512;
        if (period >= Math.Min(enough, n)) return 0;
        var whole = period * 16 / Math.Min(16, period & -period);
        return whole * Math.Max(1, IntegerMath.CeilDiv(Math.Min(enough, n), whole));
    }

    /// <summary>Fills the target with repetitions of the first <paramref name="period"/> floats.</summary>
    internal static void Tile(float* source, int period, float* target, int length)
    {
        var tile = new Span<float>(target, length);
        new ReadOnlySpan<float>(source, period).CopyTo(tile);
        for (var done = period; done < length; done *= 2) tile[..Math.Min(done, length - done)].CopyTo(tile[done..]);
    }

    /// <summary>The ranges of a chunk in which a repeated operand does not restart.</summary>
    ref struct Runs(int chunk, int n, int period)
    {
        readonly int _end = Math.Min(n, (chunk + 1) * Chunk);
        int _next = chunk * Chunk;

        internal int Start { get; private set; }

        internal int Phase { get; private set; }

        internal int Count { get; private set; }

        public readonly Runs GetEnumerator() => this;

        public readonly Runs Current => this;

        public bool MoveNext()
        {
            if (_next >= _end) return false;
            Start = _next;
            Phase = Start % period;
            Count = Math.Min(_end - Start, period - Phase);
            _next += Count;
            return true;
        }
    }

    /// <summary>y = [y +] scale·x.</summary>
    internal readonly struct Add(float* x, float scale, float* y, bool accumulate, int n) : IKernel
    {
        [MethodImpl(Kernel.NoInline)]
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            var (i, end) = (chunk * Chunk, Math.Min(n, (chunk + 1) * Chunk));
            var s = V.Broadcast(scale);
            for (; i + 16 <= end; i += 16) V.Store(accumulate ? V.Fma(s, V.Load(x + i), V.Load(y + i)) : s * V.Load(x + i), y + i);
            for (; i < end; i++) y[i] = accumulate ? MathF.FusedMultiplyAdd(scale, x[i], y[i]) : scale * x[i];
        }
    }

    /// <summary>y += rate·(x − y): one step of an exponential moving average.</summary>
    internal readonly struct Lerp(float* x, float rate, float* y, int n) : IKernel
    {
        [MethodImpl(Kernel.NoInline)]
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            var (i, end) = (chunk * Chunk, Math.Min(n, (chunk + 1) * Chunk));
            var r = V.Broadcast(rate);
            for (; i + 16 <= end; i += 16) V.Store(V.Fma(r, V.Load(x + i) - V.Load(y + i), V.Load(y + i)), y + i);
            for (; i < end; i++) y[i] = MathF.FusedMultiplyAdd(rate, x[i] - y[i], y[i]);
        }
    }
}
