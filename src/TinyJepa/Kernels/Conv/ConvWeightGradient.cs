using System.Runtime.CompilerServices;

namespace TinyJepa.Kernels;

/// <summary>
/// dw[o, c, ky, kx] = [dw +] Σ dy[position, o]·window[position, (ky, kx, c)]. The positions are cut into at most 16 slices; the
/// shape alone says how many. A slice's sums are chains in the order of its positions, and the slices are added in order. dbias[o] =
/// Σ dy[position, o] is one more row of the same product, for which every window has a 1.
/// </summary>
static unsafe class ConvWeightGradient
{
    const int Block = 256;                               // positions whose windows and gradients fit the second-level cache
    const int MostRows = 320;                            // elements of a window that a chunk processes
    const int SliceWork = 1 << 21;                       // multiply-adds that are worth a slice: about 35 µs
    const int MostSlices = 16;

    static readonly float* Zeros = Scratch.Zeros(MicroKernel.PanelColumns);

    /// <summary>dbias may be null.</summary>
    internal static void Run(in Convolution c, float* x, float* dy, float* dw, bool accumulate, float* dbias, bool accumulateBias)
    {
        if (c.Outputs == 0) return;
        var cut = new Cut(c);
        using var block = new Scratch.Block(cut.Floats);
        var sums = block.Pointer;
        Cores.Run(new Sum(c, cut, x, dy, sums, dbias != null), cut.Slices * cut.Parts);
        if (c.Depth > 0)
        {
            var reduce = new ReducePartials(c, cut, sums, dw, accumulate);
            Cores.Run(reduce, reduce.Chunks);
        }

        for (var o = 0; dbias != null && o < c.Outputs; o++)
        {
            var sum = 0f;
            for (var slice = 0; slice < cut.Slices; slice++) sum += sums[cut.At(slice, 0) + cut.Rows * cut.Width + o];
            dbias[o] = accumulateBias ? dbias[o] + sum : sum;
        }
    }

    /// <summary>
    /// Slices of the positions, and parts of the windows' elements. The sums are [slice, part, rows and one for the bias, outputs in whole panels].
    /// </summary>
    readonly struct Cut
    {
        internal readonly int Slices, SlicePositions, Parts, Rows, Width;

        internal Cut(in Convolution c)
        {
            Width = IntegerMath.RoundUp(c.Outputs, MicroKernel.PanelColumns);
            Parts = Math.Max(1, IntegerMath.CeilDiv(c.Depth, MostRows));
            if (Parts > 1) Parts = IntegerMath.RoundUp(Parts, 2);
            Rows = IntegerMath.CeilDiv(c.Depth, Parts);
            var blocks = IntegerMath.CeilDiv(c.Positions, Block);
            var slices = Math.Min(IntegerMath.CeilDiv(MostSlices, Parts), (long)c.Positions * Rows * Width / SliceWork);
            Slices = (int)Math.Clamp(slices, 1, Math.Max(1, blocks));
            SlicePositions = IntegerMath.CeilDiv(blocks, Slices) * Block;
        }

        internal nint Floats => At(Slices, 0);

        internal nint At(int slice, int part) => ((nint)slice * Parts + part) * (Rows + 1) * Width;
    }

    /// <summary>One slice and part: windows transposed times gradients.</summary>
    readonly struct Sum(Convolution c, Cut cut, float* x, float* dy, float* sums, bool ones) : IKernel
    {
        [MethodImpl(Kernel.NoInline)]
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            int part = chunk % cut.Parts, slice = chunk / cut.Parts;
            int from = Math.Min(c.Depth, part * cut.Rows), to = Math.Min(c.Depth, from + cut.Rows), width = cut.Width;
            int position = Math.Min(c.Positions, slice * cut.SlicePositions), end = Math.Min(c.Positions, position + cut.SlicePositions);
            var target = sums + cut.At(slice, part);
            var rows = ones && part == 0 ? cut.Rows + 1 : to - from;
            if (rows == 0) return;
            if (position >= end) new Span<float>(target, rows * width).Clear();

            var distance = Windows.Distance(cut.Rows);
            nint windowFloats = (nint)Block * distance, panelFloats = (nint)Block * width;
            using var block = new Scratch.Block(windowFloats + panelFloats);
            var copy = block.Pointer;
            var windows = c.Windows(x);
            for (var first = true; position < end; position += Block, first = false)
            {
                var count = Math.Min(Block, end - position);
                windows.Copy<V>(position, count, from, to, copy, distance);
                var panels = dy + (long)position * width;
                if (c.Outputs != MicroKernel.PanelColumns) Panels<V>(dy + (long)position * c.Outputs, count, panels = copy + windowFloats);
                if (rows > to - from)
                    for (var i = 0; i < count; i++) copy[i * distance + to - from] = 1f;
                for (int row = 0, tiles = IntegerMath.CeilDiv(rows, MicroKernel.TileRows), tile = 0; tile < tiles; tile++)
                {
                    var height = rows * (tile + 1) / tiles - row;
                    for (var column = 0; column < width; column += MicroKernel.PanelColumns)
                    {
                        var s = target + row * width + column;
                        var panel = panels + (long)column * count;
                        MicroKernel.Run<V>(count, copy + row, 1, height, distance, panel, first ? Zeros : s, first ? 0 : width, s, width);
                    }

                    row += height;
                }
            }
        }

        /// <summary>Gradients [position, output] as panels of 32 outputs.</summary>
        [MethodImpl(Kernel.NoInline)]
        void Panels<V>(float* source, int count, float* target) where V : struct, ILanes<V>
        {
            for (var column = 0; column < cut.Width; column += MicroKernel.PanelColumns)
            {
                var columns = Math.Min(MicroKernel.PanelColumns, c.Outputs - column);
                var s = source + column;
                for (var i = 0; i < count; i++, s += c.Outputs, target += MicroKernel.PanelColumns)
                {
                    if (columns == MicroKernel.PanelColumns)
                    {
                        V.Store(V.Load(s), target);
                        V.Store(V.Load(s + 16), target + 16);
                    }
                    else
                    {
                        for (var j = 0; j < MicroKernel.PanelColumns; j++) target[j] = j < columns ? s[j] : 0f;
                    }
                }
            }
        }
    }

    /// <summary>Adds up the slices, 16 outputs at a time, and reorders the sums as the weights are.</summary>
    readonly struct ReducePartials : IKernel
    {
        const int Outputs = 16;
        const int ElementsAtOnce = 512;                  // of a window: 32 KB of sums

        readonly Convolution _c;
        readonly Cut _cut;
        readonly float* _sums, _dw;
        readonly bool _accumulate;
        readonly int _channels, _strips;

        internal ReducePartials(in Convolution c, in Cut cut, float* sums, float* dw, bool accumulate)
        {
            (_c, _cut, _accumulate) = (c, cut, accumulate);
            _sums = sums;
            _dw = dw;
            _channels = Math.Clamp(ElementsAtOnce / c.Taps, 1, c.Channels);
            _strips = IntegerMath.CeilDiv(c.Channels, _channels);
        }

        internal int Chunks => IntegerMath.CeilDiv(_c.Outputs, Outputs) * _strips;

        [MethodImpl(Kernel.NoInline)]
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            int output = chunk / _strips * Outputs, channel = chunk % _strips * _channels;
            int outputs = Math.Min(Outputs, _c.Outputs - output), elements = Math.Min(_channels, _c.Channels - channel) * _c.Taps;
            var room = _channels * _c.Taps * Outputs;
            using var block = new Scratch.Block(2 * room);
            var sums = block.Pointer;
            Add<V>(output, channel, elements, sums);
            var target = _dw + (long)output * _c.Depth + channel * _c.Taps;
            if (!_accumulate)
            {
                Transpose.Run(sums, Outputs, elements, outputs, target, _c.Depth);
            }
            else
            {
                Transpose.Run(sums, Outputs, elements, outputs, sums + room, elements);
                Store<V>(sums + room, elements, outputs, target);
            }
        }

        /// <summary>sums[element, output] = Σ over the slices, elements in the order (c, ky, kx).</summary>
        [MethodImpl(Kernel.NoInline)]
        void Add<V>(int output, int channel, int elements, float* sums) where V : struct, ILanes<V>
        {
            var tap = 0;
            for (var i = 0; i < elements; i++, sums += Outputs)
            {
                var row = tap * _c.Channels + channel;
                var source = _sums + _cut.At(0, row / _cut.Rows) + row % _cut.Rows * _cut.Width + output;
                var sum = V.Load(source);
                for (var slice = 1; slice < _cut.Slices; slice++) sum += V.Load(source + _cut.At(slice, 0));
                V.Store(sum, sums);
                if (++tap < _c.Taps) continue;
                tap = 0;
                channel++;
            }
        }

        [MethodImpl(Kernel.NoInline)]
        void Store<V>(float* source, int elements, int outputs, float* target) where V : struct, ILanes<V>
        {
            for (var o = 0; o < outputs; o++, source += elements, target += _c.Depth)
            {
                var i = 0;
                for (; i + 16 <= elements; i += 16) V.Store(V.Load(target + i) + V.Load(source + i), target + i);
                for (; i < elements; i++) target[i] += source[i];
            }
        }
    }
}
