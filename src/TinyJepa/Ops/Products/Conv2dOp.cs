using TinyJepa.Export;

namespace TinyJepa;

/// <summary>Convolutions over images [batch, height, width, channels], with the weight as PyTorch stores it.</summary>
public static class Conv2dOp
{
    extension(Tensor x)
    {
        /// <summary>y[n, i, j, o] = bias[o] + Σ x[n, i·stride + ky − padding, j·stride + kx − padding, c]·weight[o, c, ky, kx], x zero outside.</summary>
        /// <param name="weight">[outputs, channels, kernelHeight, kernelWidth]</param>
        /// <param name="bias">[outputs]; null for none.</param>
        /// <param name="stride">Pixels from window to window, down and across.</param>
        /// <param name="padding">Zero rows and columns on every side.</param>
        /// <returns>[batch, (height + 2·padding − kernelHeight)/stride + 1, (width + 2·padding − kernelWidth)/stride + 1, outputs]</returns>
        /// <exception cref="ArgumentException">The shapes do not fit, or the kernel is larger than the padded image.</exception>
        /// <exception cref="ArgumentOutOfRangeException">The stride is below 1 or the padding below 0.</exception>
        public Tensor Conv2d(Tensor weight, Tensor? bias = null, int stride = 1, int padding = 0) =>
            Convolve(x, weight, bias, (stride, stride), (padding, padding));

        /// <inheritdoc cref="extension(Tensor).Conv2d(Tensor, Tensor?, int, int)"/>
        public Tensor Conv2d(Tensor weight, Tensor? bias, (int Height, int Width) stride, (int Height, int Width) padding) =>
            Convolve(x, weight, bias, stride, padding);
    }

    static Tensor Convolve(Tensor x, Tensor weight, Tensor? bias, (int Height, int Width) stride, (int Height, int Width) padding)
    {
        var y = Tensor.Empty(Result(x.Shape, weight.Shape, bias, stride, padding), x.Backend);
        x.Backend.Conv2d(x, weight, bias, stride, padding, y);
        var tracked = bias is { } b ? Tape.Tracks(x, weight, b) : Tape.Tracks(x, weight);
        if (tracked) Tape.Add(y, new Grad(x, weight, bias, stride, padding));
        return y;
    }

    static Shape Result(in Shape x, in Shape weight, Tensor? bias, (int Height, int Width) stride, (int Height, int Width) padding)
    {
        if (x.Rank != 4 || weight.Rank != 4 || x[3] != weight[1])
            Throw.Mismatch("Conv2d", x, weight, "they must be [batch, height, width, channels] "
                + "and [outputs, channels, kernelHeight, kernelWidth] with the same channels");
        if (bias is { } b && b.Shape != Shape.Create([weight[0]])) Throw.Mismatch("Conv2d", weight, b.Shape, "the bias must be [outputs]");
        if (stride.Height < 1 || stride.Width < 1) throw new ArgumentOutOfRangeException(nameof(stride), stride, "A stride is at least 1 pixel.");
        if (padding.Height < 0 || padding.Width < 0) throw new ArgumentOutOfRangeException(nameof(padding), padding, "Padding is at least 0 pixels.");
        int height = x[1] + 2 * padding.Height - weight[2], width = x[2] + 2 * padding.Width - weight[3];
        if (weight[2] < 1 || weight[3] < 1 || height < 0 || width < 0)
            Throw.Mismatch("Conv2d", x, weight, $"the kernel must have a pixel and fit into the image padded by {padding.Height} and {padding.Width}");
        return [x[0], height / stride.Height + 1, width / stride.Width + 1, weight[0]];
    }

    /// <summary>Images as ONNX has them, [batch, channels, height, width].</summary>
    internal static OnnxValue ChannelsFirst(OnnxGraph graph, OnnxValue images) => graph.Transpose(images, 0, 3, 1, 2);

    /// <summary>And back.</summary>
    internal static OnnxValue ChannelsLast(OnnxGraph graph, OnnxValue images) => graph.Transpose(images, 0, 2, 3, 1);

    /// <summary>dx and dw are convolutions again, of dy with the weight rotated by 180° and of x with dy; dbias = Σ rows of dy is computed with dw.</summary>
    readonly struct Grad(Tensor x, Tensor weight, Tensor? bias, (int Height, int Width) stride, (int Height, int Width) padding) : IOp, IExportedOp
    {
        public void Backward(Tensor dy)
        {
            if (x.NeedsGradient(out var dx)) dy.Backend.Conv2dBackwardInput(weight, stride, padding, dy, dx);
            var dbias = bias?.GradientTargetOrNull();
            if (weight.NeedsGradient(out var dw)) dy.Backend.Conv2dBackwardWeight(x, stride, padding, dy, dw, dbias);
            else if (dbias is { } alone) dy.Backend.Sum(dy, 1, dy.Shape.Product(0, 3), dy.Shape[3], 1f, alone.Tensor, alone.Accumulate);
        }

        public OnnxValue Export(OnnxGraph graph, Tensor y)
        {
            var images = ChannelsFirst(graph, graph[x]);
            return ChannelsLast(graph, graph.Add("Conv", bias is { } b ? [images, graph[weight], graph[b]] : [images, graph[weight]],
                new("kernel_shape", [weight.Shape[2], weight.Shape[3]]), new("strides", [stride.Height, stride.Width]),
                new("pads", [padding.Height, padding.Width, padding.Height, padding.Width])));
        }
    }
}
