using TinyJepa.Kernels;

namespace TinyJepa;

/// <summary>Convolutions and pooling.</summary>
sealed unsafe partial class CpuBackend
{
    public override void Conv2d(Tensor x, Tensor weight, Tensor? bias, (int Height, int Width) stride, (int Height, int Width) padding, Tensor y)
    {
        using var at = new Operands();
        var sizes = Convolution(x.Shape, weight.Shape, stride, padding);
        var filters = at[weight];
        var panels = FrozenWeightOf(weight) is { } frozen ? at[Panels(frozen, sizes, filters)] : null;
        ConvForward.Run(sizes, at[x], filters, panels, at[bias], at[y]);
    }

    /// <summary>A frozen weight in the order in which the convolution reads it, packed once.</summary>
    CpuStorage Panels(FrozenWeight frozen, in Convolution sizes, float* weight)
    {
        if (frozen.Packed is CpuStorage ready) return ready;
        using var at = new Operands();
        var packed = new CpuStorage(this, ConvForward.PanelFloats(sizes));
        ConvForward.PackPanels(sizes, weight, at[packed]);
        return (CpuStorage)frozen.Publish(packed);
    }

    public override void Conv2dBackwardInput(Tensor weight, (int Height, int Width) stride, (int Height, int Width) padding, Tensor dy, GradientTarget dx)
    {
        using var at = new Operands();
        var sizes = Convolution(dx.Tensor.Shape, weight.Shape, stride, padding);
        ConvInputGradient.Run(sizes, at[weight], at[dy], at[dx.Tensor], dx.Accumulate);
    }

    public override void Conv2dBackwardWeight(
        Tensor x, (int Height, int Width) stride, (int Height, int Width) padding, Tensor dy, GradientTarget dw, GradientTarget? db)
    {
        using var at = new Operands();
        var sizes = Convolution(x.Shape, dw.Tensor.Shape, stride, padding);
        ConvWeightGradient.Run(sizes, at[x], at[dy], at[dw.Tensor], dw.Accumulate, at[db], db is { Accumulate: true });
    }

    public override void AveragePool(Tensor x, int size, int stride, Tensor y)
    {
        using var at = new Operands();
        var kernel = new AveragePooling.Forward(Squares(x.Shape, size, stride), at[x], at[y]);
        Cores.Run(kernel, kernel.Chunks);
    }

    public override void AveragePoolBackward(Tensor dy, int size, int stride, GradientTarget dx)
    {
        using var at = new Operands();
        var kernel = new AveragePooling.Backward(Squares(dx.Tensor.Shape, size, stride), at[dy], at[dx.Tensor], dx.Accumulate);
        Cores.Run(kernel, kernel.Chunks);
    }

    static Convolution Convolution(in Shape x, in Shape weight, (int Height, int Width) stride, (int Height, int Width) padding) => new()
    {
        Batch = x[0], Height = x[1], Width = x[2], Channels = x[3],
        Outputs = weight[0], KernelHeight = weight[2], KernelWidth = weight[3],
        StrideY = stride.Height, StrideX = stride.Width, PaddingY = padding.Height, PaddingX = padding.Width,
    };

    static AveragePooling.Sizes Squares(in Shape x, int size, int stride) =>
        new() { Batch = x[0], Height = x[1], Width = x[2], Channels = x[3], Size = size, Stride = stride };
}
