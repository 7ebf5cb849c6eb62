using TinyJepa.Kernels;

namespace TinyJepa.Reference;

/// <summary>
/// The smallest backend there can be: the abstract primitives as plain loops, with sums in float64. Every fused primitive is the library's own
/// composition. It counts what a device would have to wait for.
/// </summary>
public sealed class ReferenceBackend : Backend
{
    int _allocations, _waits;

    public override string Name => "the reference backend";

    /// <summary>Blocks that were ever allocated.</summary>
    public int Allocations => _allocations;

    /// <summary>How often the program waited for elements.</summary>
    public int Waits => _waits;

    /// <summary>Some floats more than asked for, as an allocator in pages would give.</summary>
    public override Storage Allocate(int length)
    {
        Interlocked.Increment(ref _allocations);
        return new ReferenceStorage(this, length + 37);
    }

    public override void Upload(ReadOnlySpan<float> values, Tensor y) => values.CopyTo(Of(y));

    public override void Download(Tensor x, Span<float> values)
    {
        Interlocked.Increment(ref _waits);
        Of(x).CopyTo(values);
    }

    public override void Fill(Tensor y, float value) => Of(y).Fill(value);

    public override void Add(Tensor x, float scale, Tensor y, bool accumulate)
    {
        Span<float> from = Of(x), to = Of(y);
        for (var i = 0; i < to.Length; i++) to[i] = accumulate ? MathF.FusedMultiplyAdd(scale, from[i], to[i]) : scale * from[i];
    }

    public override void Map<F>(F f, Tensor x, Tensor y)
    {
        Span<float> from = Of(x), to = Of(y);
        for (var i = 0; i < to.Length; i++) to[i] = f.Value(new One(from[i])).Value;
    }

    public override void MapBackward<F>(F f, Tensor x, Tensor y, Tensor dy, GradientTarget dx)
    {
        Span<float> px = Of(x), py = Of(y), pdy = Of(dy), to = Of(dx.Tensor);
        for (var i = 0; i < to.Length; i++) Store(to, i, pdy[i] * f.Slope(new One(px[i]), new One(py[i])).Value, dx.Accumulate);
    }

    public override void Zip<F>(F f, Tensor a, Tensor b, Tensor y)
    {
        Span<float> pa = Of(a), pb = Of(b), to = Of(y);
        for (var i = 0; i < to.Length; i++) to[i] = f.Value(new One(pa[i]), new One(pb[i % pb.Length])).Value;
    }

    public override void ZipBackward<F>(F f, bool ofB, Tensor a, Tensor b, Tensor y, Tensor dy, GradientTarget d)
    {
        Span<float> pa = Of(a), pb = Of(b), py = Of(y), pdy = Of(dy), to = Of(d.Tensor);
        for (var i = 0; i < to.Length; i++)
        {
            One va = new(pa[i]), vb = new(pb[i % pb.Length]), vy = new(py[i]);
            Store(to, i, pdy[i] * (ofB ? f.SlopeB(va, vb, vy) : f.SlopeA(va, vb, vy)).Value, d.Accumulate);
        }
    }

    public override void Sum(Tensor x, int outer, int axis, int inner, float scale, Tensor y, bool accumulate)
    {
        Span<float> from = Of(x), to = Of(y);
        for (var i = 0; i < outer * inner; i++)
        {
            var sum = 0.0;
            for (var j = 0; j < axis; j++) sum += from[At(i, j, axis, inner)];
            Store(to, i, (float)(scale * sum), accumulate);
        }
    }

    public override void Broadcast(Tensor x, int outer, int axis, int inner, float scale, Tensor y, bool accumulate)
    {
        Span<float> from = Of(x), to = Of(y);
        for (var i = 0; i < outer * inner; i++)
            for (var j = 0; j < axis; j++) Store(to, At(i, j, axis, inner), scale * from[i], accumulate);
    }

    public override void Variance(Tensor x, int outer, int axis, int inner, float divisor, Tensor mean, Tensor variance)
    {
        Span<float> from = Of(x), means = Of(mean), variances = Of(variance);
        for (var i = 0; i < outer * inner; i++)
        {
            double sum = 0, squares = 0;
            for (var j = 0; j < axis; j++) sum += from[At(i, j, axis, inner)];
            for (var j = 0; j < axis; j++) squares += Math.Pow(from[At(i, j, axis, inner)] - sum / axis, 2);
            (means[i], variances[i]) = ((float)(sum / axis), (float)(squares / divisor));
        }
    }

    public override void MatMul(Tensor a, bool transposeA, Tensor b, bool transposeB, Tensor c, bool accumulate)
    {
        Span<float> pa = Of(a), pb = Of(b), to = Of(c);
        int m = c.Shape[-2], n = c.Shape[-1], k = a.Shape[transposeA ? -2 : -1], shared = b.Shape.Rank == 2 ? 0 : 1;
        for (var at = 0; at < to.Length; at++)
        {
            var (batch, row, column) = (at / (m * n), at / n % m, at % n);
            var sum = 0.0;
            for (var i = 0; i < k; i++)
                sum += (double)pa[batch * m * k + (transposeA ? i * m + row : row * k + i)]
                    * pb[shared * batch * k * n + (transposeB ? column * k + i : i * n + column)];
            Store(to, at, (float)sum, accumulate);
        }
    }

    public override void Softmax(Tensor x, Tensor y)
    {
        Span<float> from = Of(x), to = Of(y);
        var width = x.Shape[-1];
        for (var start = 0; start < to.Length; start += width)
        {
            var (largest, sum) = (float.NegativeInfinity, 0.0);
            for (var i = start; i < start + width; i++) largest = MathF.Max(largest, from[i]);
            for (var i = start; i < start + width; i++) sum += Math.Exp(from[i] - (double)largest);
            for (var i = start; i < start + width; i++) to[i] = (float)(Math.Exp(from[i] - (double)largest) / sum);
        }
    }

    public override void SoftmaxBackward(Tensor y, Tensor dy, GradientTarget dx)
    {
        Span<float> py = Of(y), pdy = Of(dy), to = Of(dx.Tensor);
        var width = y.Shape[-1];
        for (var start = 0; start < to.Length; start += width)
        {
            var dot = 0.0;
            for (var i = start; i < start + width; i++) dot += (double)py[i] * pdy[i];
            for (var i = start; i < start + width; i++) Store(to, i, (float)(py[i] * (pdy[i] - dot)), dx.Accumulate);
        }
    }

    public override void CopyRows(Tensor x, int xStart, int xStride, Tensor y, int yStart, int yStride, int rows, int width, bool accumulate)
    {
        Span<float> from = Of(x), to = Of(y);
        for (var i = 0; i < rows; i++)
            for (var j = 0; j < width; j++) Store(to, yStart + i * yStride + j, from[xStart + i * xStride + j], accumulate);
    }

    public override void Permute(Tensor x, ReadOnlySpan<int> axes, Tensor y, bool accumulate)
    {
        Span<float> from = Of(x), to = Of(y);
        Span<int> place = stackalloc int[axes.Length];
        for (var at = 0; at < to.Length; at++)
        {
            var (rest, source) = (at, 0);
            for (var i = axes.Length - 1; i >= 0; i--) (place[axes[i]], rest) = (rest % y.Shape[i], rest / y.Shape[i]);
            for (var i = 0; i < axes.Length; i++) source = source * x.Shape[i] + place[i];
            Store(to, at, from[source], accumulate);
        }
    }

    public override void Gather(Tensor x, ReadOnlySpan<int> indices, int stride, int width, Tensor y)
    {
        Span<float> from = Of(x), to = Of(y);
        for (var i = 0; i < indices.Length; i++) from.Slice(indices[i] * stride, width).CopyTo(to[(i * width)..]);
    }

    public override void ScatterAdd(Tensor dy, ReadOnlySpan<int> indices, int stride, int width, Tensor dx)
    {
        Span<float> from = Of(dy), to = Of(dx);
        for (var i = 0; i < indices.Length; i++)
            for (var j = 0; j < width; j++) to[indices[i] * stride + j] += from[i * width + j];
    }

    /// <summary>Exactly a tensor's elements: whoever reads or writes beyond them ends in an exception.</summary>
    Span<float> Of(Tensor x) => StorageOf<ReferenceStorage>(x, out var offset).Values.AsSpan(offset, x.Length);

    static void Store(Span<float> y, int i, float value, bool accumulate) => y[i] = accumulate ? y[i] + value : value;

    /// <summary>The place of step <paramref name="j"/> of the axis of [outer, axis, inner], for i counting outer and inner together.</summary>
    static int At(int i, int j, int axis, int inner) => (i / inner * axis + j) * inner + i % inner;
}
