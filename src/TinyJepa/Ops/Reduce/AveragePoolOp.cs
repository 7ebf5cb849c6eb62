using TinyJepa.Export;

namespace TinyJepa;

/// <summary>Means over parts of images [batch, height, width, channels], or over whole ones.</summary>
public static class AveragePoolOp
{
    extension(Tensor x)
    {
        /// <summary>The mean of every square of size × size pixels, channel by channel; pixels that no whole square reaches are left out.</summary>
        /// <param name="size">Pixels of a square, down and across.</param>
        /// <param name="stride">Pixels from square to square; the size if not given.</param>
        /// <returns>[batch, (height − size)/stride + 1, (width − size)/stride + 1, channels]</returns>
        /// <exception cref="ArgumentException">x has not four axes, or the square is larger than the image.</exception>
        /// <exception cref="ArgumentOutOfRangeException">The size or the stride is below 1.</exception>
        public Tensor AveragePool(int size, int? stride = null)
        {
            var step = stride ?? size;
            if (size < 1) throw new ArgumentOutOfRangeException(nameof(size), size, "A square to average has at least 1 pixel.");
            if (step < 1) throw new ArgumentOutOfRangeException(nameof(stride), step, "A stride is at least 1 pixel.");
            CheckRank(x.Shape);
            if (x.Shape[1] < size || x.Shape[2] < size) Throw.Unfit("AveragePool", x.Shape, $"squares of {size} × {size} pixels must fit into an image");
            var y = Tensor.Empty([x.Shape[0], (x.Shape[1] - size) / step + 1, (x.Shape[2] - size) / step + 1, x.Shape[3]], x.Backend);
            x.Backend.AveragePool(x, size, step, y);
            if (Tape.Tracks(x)) Tape.Add(y, new Grad(x, size, step));
            return y;
        }

        /// <summary>The mean of each channel over the whole image.</summary>
        /// <returns>[batch, channels]</returns>
        /// <exception cref="ArgumentException">x has not four axes.</exception>
        public Tensor AveragePool()
        {
            CheckRank(x.Shape);
            return x.Reshape([x.Shape[0], x.Shape[1] * x.Shape[2], x.Shape[3]]).Mean(1);
        }
    }

    static void CheckRank(in Shape x)
    {
        if (x.Rank != 4) Throw.Unfit("AveragePool", x, "images are [batch, height, width, channels]");
    }

    /// <summary>Every pixel gets dy/size² from each square it lies in.</summary>
    readonly struct Grad(Tensor x, int size, int stride) : IOp, IExportedOp
    {
        public void Backward(Tensor dy)
        {
            if (x.NeedsGradient(out var dx)) dy.Backend.AveragePoolBackward(dy, size, stride, dx);
        }

        public OnnxValue Export(OnnxGraph graph, Tensor y) => Conv2dOp.ChannelsLast(graph, Conv2dOp.ChannelsFirst(graph, graph[x])
            .Apply("AveragePool", new("kernel_shape", [size, size]), new("strides", [stride, stride])));
    }
}
