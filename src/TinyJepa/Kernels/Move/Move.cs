using System.Runtime.CompilerServices;

namespace TinyJepa.Kernels;

/// <summary>Copies to other positions, and their gradients, which add.</summary>
static unsafe class Move
{
    /// <summary>y[i, …] = [y[i, …] +] x[i, …] for rows at their own distances.</summary>
    internal readonly struct Rows(float* x, int xStride, float* y, int yStride, int rows, int width, bool accumulate) : IKernel
    {
        [MethodImpl(Kernel.NoInline)]
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            var size = Reduce.RowsPerChunk(width);
            for (var row = chunk * size; row < Math.Min(rows, (chunk + 1) * size); row++)
            {
                float* source = x + (long)row * xStride, target = y + (long)row * yStride;
                if (accumulate) AddTo<V>(source, target, width);
                else new ReadOnlySpan<float>(source, width).CopyTo(new Span<float>(target, width));
            }
        }
    }

    /// <summary>y[i, …] = x[indices[i]·stride, …].</summary>
    internal readonly struct Gather(float* x, int* indices, int stride, int width, float* y, int count) : IKernel
    {
        [MethodImpl(Kernel.NoInline)]
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            var size = Reduce.RowsPerChunk(width);
            for (var row = chunk * size; row < Math.Min(count, (chunk + 1) * size); row++)
                new ReadOnlySpan<float>(x + (long)indices[row] * stride, width).CopyTo(new Span<float>(y + (long)row * width, width));
        }
    }

    /// <summary>dx[indices[i]·stride, …] += dy[i, …]. Chunks are columns, so repeated rows are added in the order of i.</summary>
    internal readonly struct ScatterAdd(float* dy, int* indices, int stride, int width, float* dx, int count) : IKernel
    {
        const int Columns = 64;

        /// <summary>Overlapping windows write the same columns: then there is only one chunk.</summary>
        internal int Chunks => stride < width ? 1 : IntegerMath.CeilDiv(width, Columns);

        [MethodImpl(Kernel.NoInline)]
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            var (from, to) = stride < width ? (0, width) : (chunk * Columns, Math.Min(width, (chunk + 1) * Columns));
            for (var i = 0; i < count; i++)
                AddTo<V>(dy + (long)i * width + from, dx + (long)indices[i] * stride + from, to - from);
        }
    }

    /// <summary>y = [y +] x with its axes in another order: y[i₀, …] = x[Σ iⱼ·strides[j]].</summary>
    internal struct Permute : IKernel
    {
        internal const int Axes = 6;

        readonly float* _x, _y;
        readonly bool _accumulate;
        readonly int _rows, _width;
        fixed int _sizes[Axes];
        fixed int _strides[Axes];

        /// <param name="x">The source.</param>
        /// <param name="y">The target, dense.</param>
        /// <param name="sizes">The target's sizes, padded with ones in front to six.</param>
        /// <param name="strides">How far a step along each of these axes goes in the source.</param>
        /// <param name="accumulate">Whether to add.</param>
        internal Permute(float* x, float* y, ReadOnlySpan<int> sizes, ReadOnlySpan<int> strides, bool accumulate)
        {
            (_accumulate, _rows, _width) = (accumulate, 1, sizes[Axes - 1]);
            _x = x;
            _y = y;
            for (var i = 0; i < Axes; i++)
            {
                _sizes[i] = sizes[i];
                _strides[i] = strides[i];
                if (i < Axes - 1) _rows *= sizes[i];
            }
        }

        internal readonly int Chunks => Reduce.RowChunks(_rows, _width);

        [MethodImpl(Kernel.NoInline)]
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            var size = Reduce.RowsPerChunk(_width);
            for (var row = chunk * size; row < Math.Min(_rows, (chunk + 1) * size); row++)
            {
                var source = _x;
                for (int axis = Axes - 2, rest = row; axis >= 0; axis--)
                {
                    source += (long)(rest % _sizes[axis]) * _strides[axis];
                    rest /= _sizes[axis];
                }

                var target = _y + (long)row * _width;
                var step = _strides[Axes - 1];
                for (var i = 0; i < _width; i++)
                {
                    var value = source[(long)i * step];
                    target[i] = _accumulate ? target[i] + value : value;
                }
            }
        }
    }

    static void AddTo<V>(float* source, float* target, int n) where V : struct, ILanes<V>
    {
        var i = 0;
        for (; i + 16 <= n; i += 16) V.Store(V.Load(target + i) + V.Load(source + i), target + i);
        for (; i < n; i++) target[i] += source[i];
    }
}
