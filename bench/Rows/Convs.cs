using TinyJepa.Nn;

namespace TinyJepa.Bench.Rows;

/// <summary>
/// The layers of a small convolutional encoder of 128 × 128 images, stride 2 and padding 1; "both" is forward and backward. Nobody asks for the
/// gradient of the first layer's images.
/// </summary>
static class Convs
{
    internal static Workload? Make(string layer, string batch, string way)
    {
        var (size, inputs, outputs, kernel) = layer switch
        {
            "c1" => (128, 3, 32, 4),
            "c2" => (64, 32, 64, 3),
            "c3" => (32, 64, 128, 3),
            "c4" => (16, 128, 256, 3),
            _ => default,
        };
        var count = batch switch { "b1" => 1, "b32" => 32, "b128" => 128, _ => 0 };
        if (size == 0 || count == 0 || way is not ("fwd" or "both")) return null;

        var images = TestData.Of([count, size, size, inputs], 1);
        var weight = TestData.Of([outputs, inputs, kernel, kernel], 2, 1f / MathF.Sqrt(inputs * kernel * kernel));
        var bias = TestData.Of([outputs], 3);
        if (way == "fwd") return Frozen(images, weight, bias);
        var gradient = TestData.Of([count, size / 2, size / 2, outputs], 4);
        return layer == "c1"
            ? new ForwardBackward(t => images.Conv2d(t[0], t[1], stride: 2, padding: 1), gradient, weight, bias)
            : new ForwardBackward(static t => t[0].Conv2d(t[1], t[2], stride: 2, padding: 1), gradient, images, weight, bias);
    }

    /// <summary>Weights that do not change, as ONNX Runtime has them: a layer of a frozen model.</summary>
    static Forward Frozen(Tensor images, Tensor weight, Tensor bias)
    {
        var p = new Parameters();
        var layer = new Conv2d(p, weight.Shape[1], weight.Shape[0], weight.Shape[2], stride: 2, padding: 1);
        weight.CopyTo(p.Entry("weight").Value.Span);
        bias.CopyTo(p.Entry("bias").Value.Span);
        p.Freeze();
        return new Forward(() => layer.Forward(images));
    }
}
