using TinyJepa.Kernels;

namespace TinyJepa;

/// <summary>
/// Where tensors live and the few primitives everything else is made of. Operations check shapes and remember; a backend only computes.
/// </summary>
/// <remarks>Wherever a primitive takes <c>keep</c>, the result is added to what the target holds instead of replacing it.</remarks>
public abstract class Backend
{
    /// <summary>The backend of tensors made without naming one: the processor.</summary>
    public static Backend Default { get; } = new CpuBackend();

    /// <summary>A name for messages.</summary>
    public abstract string Name { get; }

    /// <summary>A block of at least this many floats.</summary>
    public abstract Storage Allocate(int length);

    /// <summary>The numbers as process memory, if they are.</summary>
    public abstract Span<float> Span(Tensor x);

    /// <summary>Copies numbers into a tensor.</summary>
    public abstract void Upload(ReadOnlySpan<float> values, Tensor y);

    /// <summary>Copies numbers out of a tensor.</summary>
    public abstract void Download(Tensor x, Span<float> values);

    /// <summary>y = value.</summary>
    public abstract void Fill(Tensor y, float value);

    /// <summary>y = [y +] scale·x.</summary>
    public abstract void Add(Tensor x, float scale, Tensor y, bool accumulate);

    /// <summary>y += rate·(x − y).</summary>
    public abstract void Lerp(Tensor x, float rate, Tensor y);

    /// <summary>y = f(x).</summary>
    public abstract void Map<F>(F f, Tensor x, Tensor y) where F : unmanaged, IUnary;

    /// <summary>dx = [dx +] dy·f′(x).</summary>
    public abstract void MapBackward<F>(F f, Tensor x, Tensor y, Tensor dy, Tensor dx, bool accumulate) where F : unmanaged, IUnary;

    /// <summary>y = f(a, b); b's axes are a's last ones.</summary>
    public abstract void Zip<F>(F f, Tensor a, Tensor b, Tensor y) where F : unmanaged, IBinary;

    /// <summary>da = [da +] dy·∂f/∂a; with <paramref name="ofB"/> the same for ∂f/∂b, in a's shape.</summary>
    public abstract void ZipBackward<F>(F f, bool ofB, Tensor a, Tensor b, Tensor y, Tensor dy, Tensor d, bool accumulate) where F : unmanaged, IBinary;

    /// <summary>y[outer, inner] = [y +] scale·Σ x[outer, axis, inner] over the axis.</summary>
    public abstract void Sum(Tensor x, int outer, int axis, int inner, float scale, Tensor y, bool accumulate);

    /// <summary>y[outer, axis, inner] = [y +] scale·x[outer, inner].</summary>
    public abstract void Broadcast(Tensor x, int outer, int axis, int inner, float scale, Tensor y, bool accumulate);

    /// <summary>Mean and Σ(x − mean)²/divisor over the axis of [outer, axis, inner].</summary>
    public abstract void Variance(Tensor x, int outer, int axis, int inner, float divisor, Tensor mean, Tensor variance);

    /// <summary>dx = [dx +] dy·2(x − mean)/divisor.</summary>
    public abstract void VarianceBackward(Tensor x, Tensor mean, Tensor dy, int outer, int axis, int inner, float divisor, Tensor dx, bool accumulate);

    /// <summary>c = c + op(a)·op(b) if c is kept, bias + op(a)·op(b) otherwise, for each of the batched matrices.</summary>
    /// <param name="a">[batch, m, k], or [batch, k, m] if transposed.</param>
    /// <param name="transposeA">Whether a is stored transposed.</param>
    /// <param name="b">[batch, k, n], or [batch, n, k] if transposed; without the batch axis it serves all of a's.</param>
    /// <param name="transposeB">Whether b is stored transposed.</param>
    /// <param name="bias">[n], where every row starts from; null for zero.</param>
    /// <param name="c">[batch, m, n]</param>
    /// <param name="accumulate">Whether c's numbers are added to.</param>
    public abstract void MatMul(Tensor a, bool transposeA, Tensor b, bool transposeB, Tensor? bias, Tensor c, bool accumulate);

    /// <summary>y = x·Wᵀ + bias, then + residual; activated = f(y). What is null is left out.</summary>
    /// <param name="x">[m, k]</param>
    /// <param name="weight">[n, k]</param>
    /// <param name="bias">[n]</param>
    /// <param name="residual">m·n numbers.</param>
    /// <param name="f">The formula.</param>
    /// <param name="y">[m, n]</param>
    /// <param name="activated">[m, n]; may be y itself.</param>
    public abstract void Linear<F>(Tensor x, Tensor weight, Tensor? bias, Tensor? residual, F f, Tensor y, Tensor? activated) where F : unmanaged, IUnary;

    /// <summary>dw = [dw +] dyᵀ·x, and db = [db +] Σ rows of dy unless it is null.</summary>
    /// <param name="dy">[m, n]</param>
    /// <param name="x">[m, k]</param>
    /// <param name="dw">[n, k]</param>
    /// <param name="accumulate">Whether dw's numbers are added to.</param>
    /// <param name="db">[n]</param>
    /// <param name="accumulateBias">Whether db's numbers are added to.</param>
    public abstract void LinearBackwardWeight(Tensor dy, Tensor x, Tensor dw, bool accumulate, Tensor? db, bool accumulateBias);

    /// <summary>y = softmax(x) over the last axis.</summary>
    public abstract void Softmax(Tensor x, Tensor y);

    /// <summary>dx = [dx +] y·(dy − Σ dy·y).</summary>
    public abstract void SoftmaxBackward(Tensor y, Tensor dy, Tensor dx, bool accumulate);

    /// <summary>y = (x − mean)·rstd over the last axis.</summary>
    public abstract void Normalize(Tensor x, float epsilon, Tensor y, Tensor rstd);

    /// <summary>dx = [dx +] rstd·(dy − mean(dy) − y·mean(dy·y)).</summary>
    public abstract void NormalizeBackward(Tensor y, Tensor rstd, Tensor dy, Tensor dx, bool accumulate);

    /// <summary>y = softmax(q·kᵀ/√dim)·v for every batch and head.</summary>
    /// <param name="form">How many of everything there are.</param>
    /// <param name="q">The queries' columns, [batch, queries, …].</param>
    /// <param name="k">The keys' columns, [batch, keys, …].</param>
    /// <param name="v">The values' columns, [batch, keys, …].</param>
    /// <param name="y">[batch, queries, heads·dim]</param>
    /// <param name="saved">[<see cref="AttentionSavedFloats"/>]: what backward wants to know of the probabilities.</param>
    public abstract void Attention(in AttentionShape form, ColumnRange q, ColumnRange k, ColumnRange v, Tensor y, Tensor saved);

    /// <summary>How many floats <see cref="Attention"/> saves.</summary>
    /// <param name="form">How many of everything there are.</param>
    /// <param name="trains">Whether <see cref="AttentionBackward"/> will read them.</param>
    public abstract int AttentionSavedFloats(in AttentionShape form, bool trains);

    /// <summary>The gradients of <see cref="Attention"/> with respect to q, k and v, those that are not null; they overlap neither each other nor an operand.</summary>
    public abstract void AttentionBackward(
        in AttentionShape form, ColumnRange q, ColumnRange k, ColumnRange v, Tensor y, Tensor saved, Tensor dy, ColumnRange? dq, ColumnRange? dk, ColumnRange? dv);

    /// <summary>y = weight·(x − mean)/√(variance + ε) + bias; all but x and y are of the last axis's size.</summary>
    public abstract void BatchNormalize(Tensor x, Tensor mean, Tensor variance, float epsilon, Tensor weight, Tensor bias, Tensor y);

    /// <summary>
    /// The gradients of <see cref="BatchNormalize"/> when mean and (biased) variance are x's own, over all axes but the last; those without a sink
    /// are not wanted.
    /// </summary>
    public abstract void BatchNormalizeBackward(
        Tensor x, Tensor mean, Tensor variance, float epsilon, Tensor weight, Tensor dy, GradientTarget? dx, GradientTarget? dweight, GradientTarget? dbias);

    /// <summary>y[n, i, j, o] = bias[o] + Σ x[n, i·stride + ky − padding, j·stride + kx − padding, c]·weight[o, c, ky, kx], x zero outside.</summary>
    /// <param name="x">[batch, height, width, channels]</param>
    /// <param name="weight">[outputs, channels, kernelHeight, kernelWidth]</param>
    /// <param name="bias">[outputs]; null for zero.</param>
    /// <param name="stride">Pixels from window to window.</param>
    /// <param name="padding">Rows above and below, columns left and right.</param>
    /// <param name="y">[batch, outHeight, outWidth, outputs]</param>
    public abstract void Conv2d(Tensor x, Tensor weight, Tensor? bias, (int Height, int Width) stride, (int Height, int Width) padding, Tensor y);

    /// <summary>dx = [dx +] the gradient of <see cref="Conv2d"/> with respect to x.</summary>
    public abstract void Conv2dBackwardInput(Tensor weight, (int Height, int Width) stride, (int Height, int Width) padding, Tensor dy, Tensor dx, bool accumulate);

    /// <summary>dw = [dw +] the gradient of <see cref="Conv2d"/> with respect to the weight, and the same for the bias if it is wanted.</summary>
    public abstract void Conv2dBackwardWeight(Tensor x, (int Height, int Width) stride, (int Height, int Width) padding, Tensor dy, GradientTarget dw, GradientTarget? dbias);

    /// <summary>y[n, i, j, c] = the mean of x[n, i·stride + …, j·stride + …, c] over size × size pixels.</summary>
    public abstract void AveragePool(Tensor x, int size, int stride, Tensor y);

    /// <summary>dx = [dx +] the gradient of <see cref="AveragePool"/>.</summary>
    public abstract void AveragePoolBackward(Tensor dy, int size, int stride, Tensor dx, bool accumulate);

    /// <summary>y = (x − mean)·rstd·weight + bias over the last axis, and the mean and rstd of every row.</summary>
    public abstract void LayerNorm(Tensor x, Tensor weight, Tensor bias, float epsilon, Tensor y, Tensor mean, Tensor rstd);

    /// <summary>dx, dweight and dbias of <see cref="LayerNorm"/>, those that are wanted.</summary>
    public abstract void LayerNormBackward(Tensor x, Tensor weight, Tensor mean, Tensor rstd, Tensor dy, GradientTarget? dx, GradientTarget? dweight, GradientTarget? dbias);

    /// <summary>y = (x − mean)·rstd·(1 + scale) + shift; shift and scale are the chunks of m's columns of those numbers.</summary>
    public abstract void NormalizeModulate(Tensor x, Tensor m, int shift, int scale, float epsilon, Tensor y, Tensor mean, Tensor rstd);

    /// <summary>dx of <see cref="NormalizeModulate"/> if it is wanted; dm's two chunks are added to.</summary>
    public abstract void NormalizeModulateBackward(Tensor x, Tensor m, int shift, int scale, Tensor mean, Tensor rstd, Tensor dy, GradientTarget? dx, Tensor? dm);

    /// <summary>y = n·(1 + scale) + shift; shift and scale are the chunks of m's columns of those numbers.</summary>
    public abstract void Modulate(Tensor n, Tensor m, int shift, int scale, Tensor y);

    /// <summary>dn of <see cref="Modulate"/> if it is wanted; dm's two chunks are added to.</summary>
    public abstract void ModulateBackward(Tensor n, Tensor m, int shift, int scale, Tensor dy, GradientTarget? dn, Tensor? dm);

    /// <summary>y = x + gate·z; gate is the chunk of m's columns of that number.</summary>
    public abstract void AddGated(Tensor x, Tensor z, Tensor m, int gate, Tensor y);

    /// <summary>dz of <see cref="AddGated"/> if it is wanted; dm's chunk is added to.</summary>
    public abstract void AddGatedBackward(Tensor z, Tensor m, int gate, Tensor dy, GradientTarget? dz, Tensor? dm);

    /// <summary>Copies <paramref name="rows"/> stretches of <paramref name="width"/> numbers from x to y, each at its own distance.</summary>
    public abstract void CopyRows(Tensor x, int xStart, int xStride, Tensor y, int yStart, int yStride, int rows, int width, bool accumulate);

    /// <summary>y = x with its axes in another order; y's axis i is x's axis axes[i].</summary>
    public abstract void Permute(Tensor x, ReadOnlySpan<int> axes, Tensor y, bool accumulate);

    /// <summary>y[i] = the stretch of numbers of x that begins at indices[i]·stride.</summary>
    public abstract void Gather(Tensor x, ReadOnlySpan<int> indices, int stride, int width, Tensor y);

    /// <summary>x[indices[i]·stride + …] += dy[i], in the order of i.</summary>
    public abstract void ScatterAdd(Tensor dy, ReadOnlySpan<int> indices, int stride, int width, Tensor dx);

    /// <summary>x /= |x| row by row along the last axis; a row of zeros stays one.</summary>
    internal abstract void UnitRows(Tensor x);

    /// <summary>
    /// statistics[slice, start + j] = Σₖ Wₖ·|mean over samples of exp(i·tₖ·u) − φₖ|² of column j, tₖ = k·spacing; then, if it is wanted, u becomes
    /// scale times the statistic's gradient with respect to u.
    /// </summary>
    /// <param name="u">[slices·samples, directions]</param>
    /// <param name="slices">How many batches of samples lie behind one another.</param>
    /// <param name="spacing">The distance of the knots.</param>
    /// <param name="targets">φₖ</param>
    /// <param name="weights">Wₖ</param>
    /// <param name="statistics">[slices, all directions]</param>
    /// <param name="start">The column of the statistics that u's first one has.</param>
    /// <param name="scale">Multiplies the gradient.</param>
    /// <param name="gradient">Whether u is overwritten.</param>
    internal abstract void EppsPulley(Tensor u, int slices, float spacing, ReadOnlySpan<float> targets, ReadOnlySpan<float> weights, Tensor statistics, int start, float scale, bool gradient);

    /// <summary>Σ x² over a stretch.</summary>
    internal abstract float SumOfSquares(Tensor x, int start, int count);

    /// <summary>One step of Adam with decoupled weight decay over flat blocks.</summary>
    internal abstract void AdamStep(Tensor weight, Tensor gradient, Tensor m, Tensor v, int start, int count, AdamStep.Rates rates);
}
