using TinyJepa.Kernels;

namespace TinyJepa;

/// <summary>What every backend implements itself.</summary>
public abstract partial class Backend
{
    /// <summary>y = value.</summary>
    public abstract void Fill(Tensor y, float value);

    /// <summary>y = [y +] scale·x. x and y hold as many elements, whatever their shapes.</summary>
    public abstract void Add(Tensor x, float scale, Tensor y, bool accumulate);

    /// <summary>y = f(x).</summary>
    public abstract void Map<F>(F f, Tensor x, Tensor y) where F : unmanaged, IUnaryFunction;

    /// <summary>dx = [dx +] dy·f′(x).</summary>
    public abstract void MapBackward<F>(F f, Tensor x, Tensor y, Tensor dy, GradientTarget dx) where F : unmanaged, IUnary;

    /// <summary>y = f(a, b); b's axes are a's last ones, and b repeats along the others.</summary>
    public abstract void Zip<F>(F f, Tensor a, Tensor b, Tensor y) where F : unmanaged, IBinaryFunction;

    /// <summary>d = [d +] dy·∂f/∂a, or dy·∂f/∂b.</summary>
    /// <param name="f">The formula.</param>
    /// <param name="ofB">Whether the derivative with respect to b is meant; it has a's shape and is not summed over b's repetitions.</param>
    /// <param name="a">The left operand.</param>
    /// <param name="b">The right operand, repeated as in <see cref="Zip"/>.</param>
    /// <param name="y">f(a, b).</param>
    /// <param name="dy">The gradient of y.</param>
    /// <param name="d">The gradient, of a's shape.</param>
    public abstract void ZipBackward<F>(F f, bool ofB, Tensor a, Tensor b, Tensor y, Tensor dy, GradientTarget d) where F : unmanaged, IBinary;

    /// <summary>y[outer, inner] = [y +] scale·Σ x[outer, axis, inner] over the axis.</summary>
    public abstract void Sum(Tensor x, int outer, int axis, int inner, float scale, Tensor y, bool accumulate);

    /// <summary>y[outer, axis, inner] = [y +] scale·x[outer, inner].</summary>
    public abstract void Broadcast(Tensor x, int outer, int axis, int inner, float scale, Tensor y, bool accumulate);

    /// <summary>Mean and Σ(x − mean)²/divisor over the axis of [outer, axis, inner].</summary>
    public abstract void Variance(Tensor x, int outer, int axis, int inner, float divisor, Tensor mean, Tensor variance);

    /// <summary>c = [c +] op(a)·op(b), for each of the batched matrices.</summary>
    /// <param name="a">[batch, m, k], or [batch, k, m] if transposed.</param>
    /// <param name="transposeA">Whether a is stored transposed.</param>
    /// <param name="b">[batch, k, n], or [batch, n, k] if transposed; without the batch axes it serves all of a's.</param>
    /// <param name="transposeB">Whether b is stored transposed.</param>
    /// <param name="c">[batch, m, n]</param>
    /// <param name="accumulate">Whether c is added to.</param>
    public abstract void MatMul(Tensor a, bool transposeA, Tensor b, bool transposeB, Tensor c, bool accumulate);

    /// <summary>y = softmax(x) over the last axis.</summary>
    public abstract void Softmax(Tensor x, Tensor y);

    /// <summary>dx = [dx +] y·(dy − Σ dy·y), the sum over the last axis.</summary>
    public abstract void SoftmaxBackward(Tensor y, Tensor dy, GradientTarget dx);

    /// <summary>
    /// Copies <paramref name="rows"/> segments of <paramref name="width"/> elements: y[yStart + i·yStride + j] = [y +] x[xStart + i·xStride + j].
    /// A stride of 0 in x repeats one segment.
    /// </summary>
    public abstract void CopyRows(Tensor x, int xStart, int xStride, Tensor y, int yStart, int yStride, int rows, int width, bool accumulate);

    /// <summary>y = [y +] x with its axes in another order; y's axis i is x's axis axes[i].</summary>
    public abstract void Permute(Tensor x, ReadOnlySpan<int> axes, Tensor y, bool accumulate);

    /// <summary>y[i, j] = x[indices[i]·stride + j] for j below width. The indices are read before the call returns.</summary>
    public abstract void Gather(Tensor x, ReadOnlySpan<int> indices, int stride, int width, Tensor y);

    /// <summary>dx[indices[i]·stride + j] += dy[i, j] for j below width, in the order of i.</summary>
    public abstract void ScatterAdd(Tensor dy, ReadOnlySpan<int> indices, int stride, int width, Tensor dx);
}
