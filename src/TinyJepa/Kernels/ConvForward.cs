using System.Runtime.CompilerServices;

namespace TinyJepa.Kernels;

/// <summary>y[n, i, j, o] = bias[o] + Σ x[n, i·stride + ky − padding, j·stride + kx − padding, c]·w[o, c, ky, kx], summed over (ky, kx, c) in this order.</summary>
static unsafe class ConvForward
{
    internal static void Run(in Convolution c, float* x, float* weight, float* bias, float* y)
    {
        if (c.Positions == 0 || c.Outputs == 0) return;
        var panels = (c.Outputs + Gemm.PanelColumns - 1) / Gemm.PanelColumns;
        int width = panels * Gemm.PanelColumns, size = width * (c.Depth + 1);
        var packed = Scratch.Rent(size);
        var start = packed + (long)width * c.Depth;
        for (var o = 0; o < width; o++) start[o] = bias != null && o < c.Outputs ? bias[o] : 0f;
        Cores.Run(new Pack(c, weight, packed), panels);

        var product = new WindowProduct(c.Windows(x), c.Batch, packed, c.Outputs, start,
            y, (long)c.OutHeight * c.OutWidth * c.Outputs, c.OutWidth * c.Outputs, c.Outputs, keep: false);
        Cores.Run(product, product.Chunks);
        Scratch.Return(packed, size);
    }

    /// <summary>Brings the weights [o, c, ky, kx] of 32 outputs into the order (ky, kx, c, o): transposed in the first-level cache, then row by row to its place.</summary>
    internal readonly struct Pack(Convolution c, float* weight, float* packed) : IKernel
    {
        const int Columns = 128;

        [MethodImpl(Kernel.Alone)]
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            int depth = c.Depth, first = chunk * Gemm.PanelColumns, outputs = Math.Min(Gemm.PanelColumns, c.Outputs - first);
            var panel = packed + (long)first * depth;
            var square = Scratch.Rent(Columns * Gemm.PanelColumns);
            if (outputs < Gemm.PanelColumns) new Span<float>(square, Columns * Gemm.PanelColumns).Clear();
            for (var from = 0; from < depth; from += Columns)
            {
                var count = Math.Min(Columns, depth - from);
                Transpose.Run(weight + (long)first * depth + from, depth, outputs, count, square, Gemm.PanelColumns);
                Spread<V>(square, from, count, panel);
            }

            Scratch.Return(square, Columns * Gemm.PanelColumns);
        }

        [MethodImpl(Kernel.Alone)]
        void Spread<V>(float* source, int from, int count, float* panel) where V : struct, ILanes<V>
        {
            int taps = c.Taps, step = c.Channels * Gemm.PanelColumns, tap = from % taps;
            var channel = panel + from / taps * Gemm.PanelColumns;
            var target = channel + tap * step;
            for (; count > 0; count--, source += Gemm.PanelColumns)
            {
                V.Store(V.Load(source), target);
                V.Store(V.Load(source + 16), target + 16);
                target += step;
                if (++tap < taps) continue;
                tap = 0;
                target = channel += Gemm.PanelColumns;
            }
        }
    }
}
