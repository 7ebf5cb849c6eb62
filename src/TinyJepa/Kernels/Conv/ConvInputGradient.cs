using System.Runtime.CompilerServices;

namespace TinyJepa.Kernels;

/// <summary>
/// dx = [dx +] the gradient of a convolution with respect to its input, gathered rather than scattered. The input's pixels that are multiplied
/// with the same rows and columns of the kernel, one in every stride, form a phase. Within a phase dx is a convolution of dy with stride 1 and those
/// taps in reverse, so no two threads write the same element, and the shape alone fixes the order of every sum.
/// </summary>
static unsafe class ConvInputGradient
{
    internal static void Run(in Convolution c, float* weight, float* dy, float* dx, bool accumulate)
    {
        if ((long)c.Batch * c.Height * c.Width * c.Channels == 0) return;
        var panels = IntegerMath.CeilDiv(c.Channels, MicroKernel.PanelColumns);
        var width = panels * MicroKernel.PanelColumns;
        using var block = new Scratch.Block(width * ((nint)c.Taps * c.Outputs + 1));
        var packed = block.Pointer;
        new Span<float>(packed, width).Clear();                      // no bias
        var pack = new Pack(c, weight, packed + width);
        Cores.Run(pack, panels * pack.ChunksPerPanel);
        for (var y = 0; y < Math.Min(c.StrideY, c.Height); y++)
        {
            for (var x = 0; x < Math.Min(c.StrideX, c.Width); x++)
            {
                var phase = new Phase(c, y, x);
                if (accumulate && phase.Taps == 0) continue;
                WindowProduct.Run(phase.Windows(c, dy), c.Batch, packed + width + phase.Start(c) * width, new WindowTarget
                {
                    First = dx + ((long)y * c.Width + x) * c.Channels, Bias = packed, Outputs = c.Channels,
                    Image = (long)c.Height * c.Width * c.Channels, Row = c.StrideY * c.Width * c.Channels, Column = c.StrideX * c.Channels,
                    Accumulate = accumulate,
                });
            }
        }
    }

    /// <summary>The pixels (y + i·stride, x + j·stride) and the kernel's rows and columns that reach them: first, first + stride, …</summary>
    readonly struct Phase(in Convolution c, int y, int x)
    {
        internal readonly int FirstTapY = (y + c.PaddingY) % c.StrideY, FirstTapX = (x + c.PaddingX) % c.StrideX;
        readonly int _y = y, _x = x;

        internal int TapsY { get; } = Count(c.KernelHeight, (y + c.PaddingY) % c.StrideY, c.StrideY);

        internal int TapsX { get; } = Count(c.KernelWidth, (x + c.PaddingX) % c.StrideX, c.StrideX);

        internal int Taps => TapsY * TapsX;

        /// <summary>Rows of weights before the phase's own, with the phases in the order of their first taps.</summary>
        internal long Start(in Convolution c) =>
            (Before(c.KernelHeight, FirstTapY, c.StrideY) * c.KernelWidth + TapsY * Before(c.KernelWidth, FirstTapX, c.StrideX)) * c.Outputs;

        /// <summary>The outputs that depend on the phase's pixels: with the taps in reverse they lie in order.</summary>
        internal Windows Windows(in Convolution c, float* dy) => new()
        {
            Image = dy, End = dy + (long)c.Positions * c.Outputs,
            Height = c.OutHeight, RowFloats = c.OutWidth * c.Outputs,
            Rows = Count(c.Height, _y, c.StrideY), Columns = Count(c.Width, _x, c.StrideX),
            StepY = 1, StepX = c.Outputs,
            FirstY = (_y + c.PaddingY) / c.StrideY - TapsY + 1, FirstX = ((_x + c.PaddingX) / c.StrideX - TapsX + 1) * c.Outputs,
            Taps = TapsX == 0 ? 0 : TapsY, TapFloats = TapsX * c.Outputs,
        };

        /// <summary>How many of first, first + step, … lie below the end.</summary>
        internal static int Count(int end, int first, int step) => first < end ? IntegerMath.CeilDiv(end - first, step) : 0;

        /// <summary>How many integers from 0 to below the end have a smaller remainder than <paramref name="rest"/> on division by the step.</summary>
        internal static int Before(int end, int rest, int step) => end / step * rest + Math.Min(end % step, rest);
    }

    /// <summary>
    /// Reorders the weights [o, c, ky, kx] of 32 channels to (phase, ky in reverse, kx in reverse, o, c): some outputs are transposed in the
    /// first-level cache and written from there tap by tap, so that the panel is written in long contiguous segments.
    /// </summary>
    readonly struct Pack(Convolution c, float* weight, float* packed) : IKernel
    {
        const int Outputs = 16;

        internal int ChunksPerPanel => IntegerMath.CeilDiv(c.Outputs, Outputs);

        [MethodImpl(Kernel.NoInline)]
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            const int row = MicroKernel.PanelColumns;
            int panel = chunk / ChunksPerPanel, o = chunk % ChunksPerPanel * Outputs, taps = c.Taps, outputs = Math.Min(Outputs, c.Outputs - o);
            int first = panel * row, channels = Math.Min(row, c.Channels - first), size = Outputs * taps * row;
            using var block = new Scratch.Block(size);
            var rows = block.Pointer;
            if (channels < row) new Span<float>(rows, size).Clear();
            for (var i = 0; i < outputs; i++)
                Transpose.Run(weight + ((long)(o + i) * c.Channels + first) * taps, taps, channels, taps, rows + i * taps * row, row);
            for (var tap = 0; tap < taps; tap++)
                Move<V>(rows + tap * row, outputs, packed + Place(tap / c.KernelWidth, tap % c.KernelWidth, panel) + o * row);
        }

        [MethodImpl(Kernel.NoInline)]
        void Move<V>(float* source, int count, float* target) where V : struct, ILanes<V>
        {
            for (; count > 0; count--, source += c.Taps * MicroKernel.PanelColumns, target += MicroKernel.PanelColumns)
            {
                V.Store(V.Load(source), target);
                V.Store(V.Load(source + 16), target + 16);
            }
        }

        /// <summary>Where a tap's rows of a panel begin.</summary>
        long Place(int ky, int kx, int panel)
        {
            int restY = ky % c.StrideY, tapsY = Phase.Count(c.KernelHeight, restY, c.StrideY), backY = tapsY - 1 - ky / c.StrideY;
            int restX = kx % c.StrideX, tapsX = Phase.Count(c.KernelWidth, restX, c.StrideX), backX = tapsX - 1 - kx / c.StrideX;
            var start = Phase.Before(c.KernelHeight, restY, c.StrideY) * c.KernelWidth + tapsY * Phase.Before(c.KernelWidth, restX, c.StrideX);
            var width = IntegerMath.RoundUp(c.Channels, MicroKernel.PanelColumns);
            return ((long)start * width + ((long)panel * tapsY * tapsX + backY * tapsX + backX) * MicroKernel.PanelColumns) * c.Outputs;
        }
    }
}
