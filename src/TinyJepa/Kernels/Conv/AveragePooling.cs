using System.Runtime.CompilerServices;

namespace TinyJepa.Kernels;

/// <summary>Means over squares of images [batch, height, width, channels], and their gradient gathered by input pixel: every sum has one order.</summary>
static unsafe class AveragePooling
{
    internal struct Sizes
    {
        internal int Batch, Height, Width, Channels, Size, Stride;

        internal readonly int OutHeight => (Height - Size) / Stride + 1;

        internal readonly int OutWidth => (Width - Size) / Stride + 1;
    }

    /// <summary>One row of outputs a chunk.</summary>
    internal readonly struct Forward(Sizes s, float* x, float* y) : IKernel
    {
        internal int Chunks => s.Batch * s.OutHeight;

        [MethodImpl(Kernel.NoInline)]
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            int across = s.OutWidth, down = s.OutHeight;
            var source = x + (((long)(chunk / down) * s.Height + chunk % down * s.Stride) * s.Width) * s.Channels;
            var target = y + (long)chunk * across * s.Channels;
            for (var column = 0; column < across; column++, source += s.Stride * s.Channels, target += s.Channels)
                Mean<V>(source, s.Size, s.Size, s.Width * s.Channels, s.Channels, 1f / (s.Size * s.Size), target, accumulate: false);
        }
    }

    /// <summary>dx = [dx +] Σ dy/size² over the squares that a pixel lies in; one row of pixels a chunk.</summary>
    internal readonly struct Backward(Sizes s, float* dy, float* dx, bool accumulate) : IKernel
    {
        internal int Chunks => s.Batch * s.Height;

        [MethodImpl(Kernel.NoInline)]
        public void Run<V>(int chunk) where V : struct, ILanes<V>
        {
            int across = s.OutWidth, down = s.OutHeight;
            var (top, height) = Range(chunk % s.Height, down);
            var target = dx + (long)chunk * s.Width * s.Channels;
            for (var column = 0; column < s.Width; column++, target += s.Channels)
            {
                var (left, width) = Range(column, across);
                var source = dy + (((long)(chunk / s.Height) * down + top) * across + left) * s.Channels;
                Mean<V>(source, height, width, across * s.Channels, s.Channels, 1f / (s.Size * s.Size), target, accumulate);
            }
        }

        /// <summary>The squares i with i·stride ≤ pixel &lt; i·stride + size.</summary>
        (int First, int Count) Range(int pixel, int squares)
        {
            var first = Math.Max(0, (pixel - s.Size + s.Stride) / s.Stride);
            return (first, Math.Max(0, Math.Min(squares - 1, pixel / s.Stride) - first + 1));
        }
    }

    /// <summary>target = [target +] scale·Σ over a rectangle of pixels.</summary>
    [MethodImpl(Kernel.NoInline)]
    static void Mean<V>(float* source, int height, int width, int row, int channels, float scale, float* target, bool accumulate) where V : struct, ILanes<V>
    {
        for (var channel = 0; channel < channels; channel += 16)
        {
            var count = Math.Min(16, channels - channel);
            var sum = V.Broadcast(0f);
            for (var i = 0; i < height; i++)
            {
                var p = source + (long)i * row + channel;
                for (var j = 0; j < width; j++, p += channels) sum += count == 16 ? V.Load(p) : Pack.Load<V>(p, count);
            }

            sum *= V.Broadcast(scale);
            if (count == 16) V.Store(accumulate ? V.Load(target + channel) + sum : sum, target + channel);
            else Pack.Store(accumulate ? Pack.Load<V>(target + channel, count) + sum : sum, target + channel, count);
        }
    }
}
