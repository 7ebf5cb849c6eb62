using TinyJepa.Kernels;

namespace TinyJepa;

/// <summary>Linear layers with what follows them, and convolutions.</summary>
public abstract partial class Backend
{
    /// <summary>y = x·Wᵀ + bias, then + residual; activated = f(y). What is null is left out.</summary>
    /// <param name="x">[m, k]</param>
    /// <param name="weight">[n, k]</param>
    /// <param name="bias">[n]</param>
    /// <param name="residual">m·n elements.</param>
    /// <param name="f">The activation.</param>
    /// <param name="y">[m, n]</param>
    /// <param name="activated">[m, n]; may be y itself.</param>
    public virtual void Linear<F>(Tensor x, Tensor weight, Tensor? bias, Tensor? residual, F f, Tensor y, Tensor? activated) where F : unmanaged, IUnary
    {
        MatMul(x, false, weight, true, y, accumulate: false);
        if (bias is { } row) Broadcast(row, 1, y.Shape[0], y.Shape[1], 1f, y, accumulate: true);
        if (residual is { } r) Add(r, 1f, y, accumulate: true);
        if (activated is { } z) Map(f, y, z);
    }

    /// <summary>dw = [dw +] dyᵀ·x and db = [db +] Σ rows of dy.</summary>
    /// <param name="dy">[m, n]</param>
    /// <param name="x">[m, k]</param>
    /// <param name="dw">[n, k]</param>
    /// <param name="db">[n]</param>
    public virtual void LinearBackwardWeight(Tensor dy, Tensor x, GradientTarget dw, GradientTarget? db)
    {
        MatMul(dy, true, x, false, dw.Tensor, dw.Accumulate);
        if (db is { } bias) Sum(dy, 1, dy.Shape[0], dy.Shape[1], 1f, bias.Tensor, bias.Accumulate);
    }

    /// <summary>y[n, i, j, o] = bias[o] + Σ x[n, i·stride + ky − padding, j·stride + kx − padding, c]·weight[o, c, ky, kx], x zero outside.</summary>
    /// <param name="x">[batch, height, width, channels]</param>
    /// <param name="weight">[outputs, channels, kernelHeight, kernelWidth]</param>
    /// <param name="bias">[outputs]; null for zero.</param>
    /// <param name="stride">Pixels from window to window.</param>
    /// <param name="padding">Zero rows above and below, zero columns left and right.</param>
    /// <param name="y">[batch, outHeight, outWidth, outputs]</param>
    public virtual void Conv2d(Tensor x, Tensor weight, Tensor? bias, (int Height, int Width) stride, (int Height, int Width) padding, Tensor y)
    {
        using var scope = Scope.Begin();
        var windows = new WindowIndices(x.Shape, (weight.Shape[2], weight.Shape[3]), stride, padding, y.Shape);
        MatMul(Columns(x, windows), false, WindowWeight(weight), true, View(y, [windows.Count, weight.Shape[0]]), accumulate: false);
        if (bias is { } row) Broadcast(row, 1, windows.Count, weight.Shape[0], 1f, y, accumulate: true);
    }

    /// <summary>dx = [dx +] the gradient of <see cref="Conv2d"/> with respect to x.</summary>
    public virtual void Conv2dBackwardInput(Tensor weight, (int Height, int Width) stride, (int Height, int Width) padding, Tensor dy, GradientTarget dx)
    {
        using var scope = Scope.Begin();
        var (shape, outputs) = (dx.Tensor.Shape, weight.Shape[0]);
        var windows = new WindowIndices(shape, (weight.Shape[2], weight.Shape[3]), stride, padding, dy.Shape);
        var columns = Tensor.Empty([windows.Count, windows.Taps * shape[3]], this);
        MatMul(View(dy, [windows.Count, outputs]), false, WindowWeight(weight), false, columns, accumulate: false);
        // One pixel more than the image has takes what falls outside.
        var pixels = Tensor.Empty([(windows.Outside + 1) * shape[3]], this);
        Fill(pixels, 0f);
        ScatterAdd(columns, windows.Pixels, shape[3], shape[3], pixels);
        Add(View(pixels, shape), 1f, dx.Tensor, dx.Accumulate);
    }

    /// <summary>dw = [dw +] the gradient of <see cref="Conv2d"/> with respect to the weight, and the same for the bias.</summary>
    public virtual void Conv2dBackwardWeight(
        Tensor x, (int Height, int Width) stride, (int Height, int Width) padding, Tensor dy, GradientTarget dw, GradientTarget? db)
    {
        using var scope = Scope.Begin();
        var shape = dw.Tensor.Shape;
        var windows = new WindowIndices(x.Shape, (shape[2], shape[3]), stride, padding, dy.Shape);
        var product = Tensor.Empty([shape[0], shape[2], shape[3], shape[1]], this);
        var rows = View(dy, [windows.Count, shape[0]]);
        MatMul(rows, true, Columns(x, windows), false, View(product, [shape[0], windows.Taps * shape[1]]), accumulate: false);
        Permute(product, [0, 3, 1, 2], dw.Tensor, dw.Accumulate);
        if (db is { } bias) Sum(rows, 1, windows.Count, shape[0], 1f, bias.Tensor, bias.Accumulate);
    }

    /// <summary>y[n, i, j, c] = the mean of x[n, i·stride + …, j·stride + …, c] over size × size pixels.</summary>
    public virtual void AveragePool(Tensor x, int size, int stride, Tensor y)
    {
        using var scope = Scope.Begin();
        var windows = new WindowIndices(x.Shape, (size, size), (stride, stride), (0, 0), y.Shape);
        var columns = Tensor.Empty([windows.Count, windows.Taps, x.Shape[3]], this);
        Gather(x, windows.Pixels, x.Shape[3], x.Shape[3], columns);
        Sum(columns, windows.Count, windows.Taps, x.Shape[3], 1f / windows.Taps, y, accumulate: false);
    }

    /// <summary>dx = [dx +] the gradient of <see cref="AveragePool"/>.</summary>
    public virtual void AveragePoolBackward(Tensor dy, int size, int stride, GradientTarget dx)
    {
        using var scope = Scope.Begin();
        var shape = dx.Tensor.Shape;
        var windows = new WindowIndices(shape, (size, size), (stride, stride), (0, 0), dy.Shape);
        var columns = Tensor.Empty([windows.Count, windows.Taps, shape[3]], this);
        Broadcast(dy, windows.Count, windows.Taps, shape[3], 1f / windows.Taps, columns, accumulate: false);
        if (!dx.Accumulate) Fill(dx.Tensor, 0f);
        ScatterAdd(columns, windows.Pixels, shape[3], shape[3], dx.Tensor);
    }

    /// <summary>The windows of images as rows: [windows, taps·channels].</summary>
    Tensor Columns(Tensor x, WindowIndices windows)
    {
        var channels = x.Shape[3];
        // Taps outside the image read a pixel of zeros behind the last one.
        var pixels = Tensor.Empty([(windows.Outside + 1) * channels], this);
        Fill(View(pixels, [channels], windows.Outside * channels), 0f);
        Copy(x, View(pixels, [x.Length]));
        var columns = Tensor.Empty([windows.Count, windows.Taps * channels], this);
        Gather(pixels, windows.Pixels, channels, channels, columns);
        return columns;
    }

    /// <summary>A weight [outputs, channels, kernelHeight, kernelWidth] in the order of a window's elements: [outputs, taps·channels].</summary>
    Tensor WindowWeight(Tensor weight)
    {
        var s = weight.Shape;
        var rows = Tensor.Empty([s[0], s[2] * s[3] * s[1]], this);
        Permute(weight, [0, 2, 3, 1], View(rows, [s[0], s[2], s[3], s[1]]), accumulate: false);
        return rows;
    }
}
