using System.Runtime.CompilerServices;
using TinyJepa.Kernels;

namespace TinyJepa.Bench.Rows;

/// <summary>
/// What the processor can do at most, in the same run and on the same threads: fused multiply-adds on registers alone. One call is
/// <see cref="Operations"/> floating-point operations, cut into eight chunks a thread.
/// </summary>
sealed unsafe class FmaPeak : Workload
{
    internal const int Rounds = 4096;
    const int Widths = 16;                                                // floats in a pack

    readonly float[] _sink = new float[16 * 8 * Environment.ProcessorCount];

    static int Chunks => 8 * Threads.Limit;

    internal override void Run(int times)
    {
        fixed (float* sink = _sink)
        {
            for (var i = 0; i < times; i++) Cores.Run(new Kernel12(sink), Chunks);
        }
    }

    internal override IEnumerable<(string Name, float[] Values)> Results() => [("operations", [Operations])];

    /// <summary>Of one call: twelve chains where the registers are 512 bits wide, five where a pack takes more registers.</summary>
    static float Operations => 2f * Widths * Rounds * Chunks * (Simd.Name == "512" ? 12 : 5);

    readonly struct Kernel12(float* sink) : IKernel
    {
        [MethodImpl(Kernel.NoInline)]
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            if (typeof(V) == typeof(Lanes512)) Twelve<V>(sink + chunk * Widths);
            else Five<V>(sink + chunk * Widths);
        }

        // Enough independent chains to hide the latency of four cycles on two pipes; all of them named, or they leave the registers.
        [MethodImpl(Kernel.NoInline)]
        static void Twelve<V>(float* sink) where V : struct, ILanes<V>
        {
            V x = V.Broadcast(0.999f), y = V.Broadcast(0.001f), a = y, b = y, c = y, d = y, e = y, f = y, g = y, h = y, i = y, j = y, k = y, l = y;
            for (var round = 0; round < Rounds; round++)
            {
                a = V.Fma(a, x, y);
                b = V.Fma(b, x, y);
                c = V.Fma(c, x, y);
                d = V.Fma(d, x, y);
                e = V.Fma(e, x, y);
                f = V.Fma(f, x, y);
                g = V.Fma(g, x, y);
                h = V.Fma(h, x, y);
                i = V.Fma(i, x, y);
                j = V.Fma(j, x, y);
                k = V.Fma(k, x, y);
                l = V.Fma(l, x, y);
            }

            V.Store(a + b + c + d + e + f + g + h + i + j + k + l, sink);
        }

        [MethodImpl(Kernel.NoInline)]
        static void Five<V>(float* sink) where V : struct, ILanes<V>
        {
            V x = V.Broadcast(0.999f), y = V.Broadcast(0.001f), a = y, b = y, c = y, d = y, e = y;
            for (var round = 0; round < Rounds; round++)
            {
                a = V.Fma(a, x, y);
                b = V.Fma(b, x, y);
                c = V.Fma(c, x, y);
                d = V.Fma(d, x, y);
                e = V.Fma(e, x, y);
            }

            V.Store(a + b + c + d + e, sink);
        }
    }
}
