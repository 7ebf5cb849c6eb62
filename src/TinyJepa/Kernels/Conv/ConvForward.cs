using System.Runtime.CompilerServices;

namespace TinyJepa.Kernels;

/// <summary>
/// y[n, i, j, o] = bias[o] + Σ x[n, i·stride + ky − padding, j·stride + kx − padding, c]·w[o, c, ky, kx], summed over (ky, kx, c) in this order.
/// </summary>
static unsafe class ConvForward
{
    /// <param name="c">The sizes.</param>
    /// <param name="x">The images.</param>
    /// <param name="weight">The weights.</param>
    /// <param name="panels">The weights as <see cref="PackPanels"/> wrote them, or null.</param>
    /// <param name="bias">[outputs] or null.</param>
    /// <param name="y">The output.</param>
    internal static void Run(in Convolution c, float* x, float* weight, float* panels, float* bias, float* y)
    {
        if (c.Positions == 0 || c.Outputs == 0) return;
        var width = Width(c);
        using var start = new Scratch.Block(width);
        for (var o = 0; o < width; o++) start.Pointer[o] = bias != null && o < c.Outputs ? bias[o] : 0f;
        using var packed = panels != null ? default : new Scratch.Block((nint)width * c.Depth);
        if (panels == null) PackPanels(c, weight, panels = packed.Pointer);

        WindowProduct.Run(c.Windows(x), c.Batch, panels, new WindowTarget
        {
            First = y, Bias = start.Pointer, Outputs = c.Outputs,
            Image = (long)c.OutHeight * c.OutWidth * c.Outputs, Row = c.OutWidth * c.Outputs, Column = c.Outputs,
        });
    }

    static int Width(in Convolution c) => IntegerMath.RoundUp(c.Outputs, MicroKernel.PanelColumns);

    /// <summary>Room for the weights as panels.</summary>
    internal static int PanelFloats(in Convolution c) => checked(Width(c) * c.Depth);

    /// <summary>Writes the weights as panels of 32 outputs: they depend on the weights' own shape only.</summary>
    internal static void PackPanels(in Convolution c, float* weight, float* target) =>
        Cores.Run(new Pack(c, weight, target), Width(c) / MicroKernel.PanelColumns);

    /// <summary>
    /// Reorders the weights [o, c, ky, kx] of 32 outputs to (ky, kx, c, o): some channels are transposed in the first-level cache and written from
    /// there tap by tap, so that the panel is written in long contiguous segments.
    /// </summary>
    readonly struct Pack(Convolution c, float* weight, float* packed) : IKernel
    {
        const int WeightsAtOnce = 144;                   // of each output: 18 KB

        [MethodImpl(Kernel.NoInline)]
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            int depth = c.Depth, first = chunk * MicroKernel.PanelColumns, outputs = Math.Min(MicroKernel.PanelColumns, c.Outputs - first);
            int channels = Math.Clamp(WeightsAtOnce / c.Taps, 1, c.Channels), size = channels * c.Taps * MicroKernel.PanelColumns;
            var panel = packed + (long)first * depth;
            using var block = new Scratch.Block(size);
            var square = block.Pointer;
            if (outputs < MicroKernel.PanelColumns) new Span<float>(square, size).Clear();
            for (var channel = 0; channel < c.Channels; channel += channels)
            {
                var count = Math.Min(channels, c.Channels - channel);
                Transpose.Run(weight + (long)first * depth + channel * c.Taps, depth, outputs, count * c.Taps, square, MicroKernel.PanelColumns);
                Scatter<V>(square, count, panel + channel * MicroKernel.PanelColumns);
            }
        }

        [MethodImpl(Kernel.NoInline)]
        void Scatter<V>(float* source, int count, float* target) where V : struct, ILanes<V>
        {
            for (var tap = 0; tap < c.Taps; tap++, source += MicroKernel.PanelColumns, target += c.Channels * MicroKernel.PanelColumns)
            {
                for (var i = 0; i < count; i++)
                {
                    var s = source + i * c.Taps * MicroKernel.PanelColumns;
                    V.Store(V.Load(s), target + i * MicroKernel.PanelColumns);
                    V.Store(V.Load(s + 16), target + i * MicroKernel.PanelColumns + 16);
                }
            }
        }
    }
}
