using System.Runtime.CompilerServices;
using TinyJepa.Kernels;

namespace TinyJepa;

/// <summary>The processor: kernels over pointers, cut into chunks by shape and shared among threads.</summary>
sealed unsafe partial class CpuBackend : Backend
{
    public override string Name => "the processor";

    public override Storage Allocate(int length) => new CpuStorage(this, length);

    public override Span<float> Span(Tensor x)
    {
        var node = x.Node;
        return Unsafe.As<CpuStorage>(node.Storage).Span(node.Offset, node.Shape.Elements);
    }

    public override void Upload(ReadOnlySpan<float> values, Tensor y)
    {
        if (y.Node.Root.Frozen) Throw.Frozen(y.Shape);
        values.CopyTo(Span(y));
    }

    public override void Download(Tensor x, Span<float> values) => Span(x).CopyTo(values);

    public override void Fill(Tensor y, float value) => Span(y).Fill(value);

    public override void Add(Tensor x, float scale, Tensor y, bool accumulate)
    {
        var n = y.Length;
        Cores.Run(new Elementwise.Add(P(x), scale, P(y), accumulate, n), Elementwise.Chunks(n));
        Alive(x, y);
    }

    public override void Lerp(Tensor x, float rate, Tensor y)
    {
        var n = y.Length;
        Cores.Complete(new Elementwise.Lerp(P(x), rate, P(y), n), Elementwise.Chunks(n));
        Alive(x, y);
    }

    public override void Map<F>(F f, Tensor x, Tensor y)
    {
        var n = y.Length;
        Cores.Run(new Elementwise.Map<F>(f, P(x), P(y), n), Elementwise.Chunks(n));
        Alive(x, y);
    }

    public override void MapBackward<F>(F f, Tensor x, Tensor y, Tensor dy, Tensor dx, bool accumulate)
    {
        var n = y.Length;
        Cores.Run(new Elementwise.MapBackward<F>(f, P(x), P(y), P(dy), P(dx), accumulate, n), Elementwise.Chunks(n));
        Alive(x, y, dy, dx);
    }

    public override void Zip<F>(F f, Tensor a, Tensor b, Tensor y)
    {
        var n = y.Length;
        using var repeated = new Repeated(P(b), b.Length, n);
        Cores.Run(new Elementwise.Zip<F>(f, P(a), repeated.Start, repeated.Period, P(y), n), Elementwise.Chunks(n));
        Alive(a, b, y);
    }

    public override void ZipBackward<F>(F f, bool ofB, Tensor a, Tensor b, Tensor y, Tensor dy, Tensor d, bool accumulate)
    {
        var n = y.Length;
        using var repeated = new Repeated(P(b), b.Length, n);
        Cores.Run(new Elementwise.ZipBackward<F>(f, ofB, P(a), repeated.Start, repeated.Period, P(y), P(dy), P(d), accumulate, n), Elementwise.Chunks(n));
        Alive(a, b, y, dy, d);
    }

    public override void Sum(Tensor x, int outer, int axis, int inner, float scale, Tensor y, bool accumulate)
    {
        if (outer == 1 && NarrowSum.Serves(axis, inner))
        {
            SumNarrowColumns(P(x), axis, inner, scale, P(y), accumulate);
            Alive(x, y);
            return;
        }

        if (inner != 1)
        {
            Cores.Run(new Reduce.SumColumns(P(x), P(y), scale, accumulate, axis, inner), Reduce.ColumnChunks(outer, inner));
            Alive(x, y);
            return;
        }

        if (axis <= Reduce.Block)
        {
            Cores.Run(new Reduce.SumRows(P(x), P(y), scale, accumulate, outer, axis), Reduce.RowChunks(outer, axis));
            Alive(x, y);
            return;
        }

        var blocks = Reduce.Blocks(axis);
        var partial = Scratch.Rent(blocks);
        for (var row = 0; row < outer; row++)
        {
            Cores.Run(new Reduce.SumBlocks(P(x) + (long)row * axis, partial, axis), blocks);
            Cores.Run(new Reduce.SumRows(partial, P(y) + row, scale, accumulate, 1, blocks), 1);
        }

        Scratch.Return(partial);
        Alive(x, y);
    }

    static void SumNarrowColumns(float* x, int rows, int columns, float scale, float* y, bool accumulate)
    {
        var sum = new NarrowSum(x, rows, columns);
        var partial = Scratch.Rent(sum.Floats);
        Cores.Run(sum with { Partial = partial }, sum.Chunks);
        (sum with { Partial = partial }).Fold(y, scale, accumulate);
        Scratch.Return(partial);
    }

    public override void Broadcast(Tensor x, int outer, int axis, int inner, float scale, Tensor y, bool accumulate)
    {
        Cores.Run(new Reduce.Broadcast(P(x), P(y), scale, accumulate, outer, axis, inner), Elementwise.Chunks(y.Length));
        Alive(x, y);
    }

    public override void Variance(Tensor x, int outer, int axis, int inner, float divisor, Tensor mean, Tensor variance)
    {
        if (inner == 1) Cores.Run(new Reduce.Variance(P(x), P(mean), P(variance), divisor, outer, axis), Reduce.VarianceChunks(outer));
        else ColumnMoments.Run(P(x), outer, axis, inner, divisor, P(mean), P(variance));
        Alive(x, mean, variance);
    }

    public override void VarianceBackward(Tensor x, Tensor mean, Tensor dy, int outer, int axis, int inner, float divisor, Tensor dx, bool accumulate)
    {
        Cores.Run(new Reduce.VarianceBackward(P(x), P(mean), P(dy), P(dx), 2f / divisor, accumulate, outer, axis, inner), Reduce.RowChunks(outer * axis, inner));
        Alive(x, mean, dy, dx);
    }

    public override void MatMul(Tensor a, bool transposeA, Tensor b, bool transposeB, Tensor? bias, Tensor c, bool accumulate)
    {
        int m = c.Shape[-2], n = c.Shape[-1], k = a.Shape[transposeA ? -2 : -1];
        var batch = c.Shape.Product(0, c.Shape.Rank - 2);
        var shared = b.Shape.Rank == 2;
        if (shared && !transposeA && batch > 1) (m, batch) = (m * batch, 1);                 // one tall product

        var p = new Gemm.Product
        {
            M = m, N = n, K = k,
            A = P(a), ARow = transposeA ? 1 : k, AStep = transposeA ? m : 1,
            B = P(b), BRow = transposeB ? k : n, BTransposed = transposeB,
            C = P(c), CRow = n, Accumulate = accumulate, Bias = bias is { } row ? P(row) : null,
        };
        Gemm.Run(p, new Identity(), batch, (nint)m * k, shared ? 0 : (nint)k * n, (nint)m * n);
        Alive(a, b, bias ?? default, c);
    }

    public override void Linear<F>(Tensor x, Tensor weight, Tensor? bias, Tensor? residual, F f, Tensor y, Tensor? activated)
    {
        int m = y.Shape[0], n = y.Shape[1], k = x.Shape[1];
        var p = new Gemm.Product
        {
            M = m, N = n, K = k, A = P(x), ARow = k, AStep = 1, B = P(weight), BRow = k, BTransposed = true, C = P(y), CRow = n,
            Panels = m > GemmDot.FewRows ? Panels(weight.Node) : null,
            Bias = bias is { } row ? P(row) : null, Residual = residual is { } r ? P(r) : null, Activated = activated is { } z ? P(z) : null,
        };
        Gemm.Run(p, f);
        Alive(x, weight, bias ?? default, y);
        Alive(residual ?? default, activated ?? default);
    }

    /// <summary>A frozen weight [n, k] as the panels that x·Wᵀ reads, made once; null for one that may change.</summary>
    static float* Panels(Node weight)
    {
        if (!weight.Frozen || weight.Base is not null) return null;
        if (weight.Packed is null)
        {
            int n = weight.Shape[0], k = weight.Shape[1];
            var p = new Gemm.Product { N = n, K = k, AStep = 1, B = P(weight), BRow = k, BTransposed = true };
            var packed = new CpuStorage(weight.Storage.Backend, checked((int)Gemm.PanelFloats(p)));
            Gemm.PackPanels(p, packed.Pointer);
            Keep(weight, packed);
        }

        return Unsafe.As<CpuStorage>(weight.Packed!).Pointer;
    }

    /// <summary>The same for the weight of a convolution.</summary>
    static float* Panels(Node weight, in Convolution sizes)
    {
        if (!weight.Frozen || weight.Base is not null) return null;
        if (weight.Packed is null)
        {
            var packed = new CpuStorage(weight.Storage.Backend, ConvForward.PanelFloats(sizes));
            ConvForward.PackPanels(sizes, P(weight), packed.Pointer);
            Keep(weight, packed);
        }

        return Unsafe.As<CpuStorage>(weight.Packed!).Pointer;
    }

    // Another thread may have been faster: the same numbers.
    static void Keep(Node weight, CpuStorage packed) => Interlocked.CompareExchange(ref weight.Packed, packed, null);

    public override void LinearBackwardWeight(Tensor dy, Tensor x, Tensor dw, bool accumulate, Tensor? db, bool accumulateBias)
    {
        int m = dw.Shape[0], n = dw.Shape[1], k = dy.Shape[0];
        var p = new Gemm.Product
        {
            M = m, N = n, K = k, A = P(dy), ARow = 1, AStep = m, B = P(x), BRow = n, C = P(dw), CRow = n, Accumulate = accumulate,
            Sums = db is { } sums ? P(sums) : null, AccumulateSums = accumulateBias,
        };
        Gemm.Run(p, new Identity());
        Alive(dy, x, dw, db ?? default);
    }

    public override void Attention(in AttentionShape form, ColumnRange q, ColumnRange k, ColumnRange v, Tensor y, Tensor saved)
    {
        Kernels.Attention.Forward(TaskOf(form, q, k, v, y, saved));
        Alive(q.Of, k.Of, v.Of, y, saved);
    }

    public override void AttentionBackward(
        in AttentionShape form, ColumnRange q, ColumnRange k, ColumnRange v, Tensor y, Tensor saved, Tensor dy, ColumnRange? dq, ColumnRange? dk, ColumnRange? dv)
    {
        var task = TaskOf(form, q, k, v, y, saved);
        task.DY = HeadsOf(new ColumnRange(dy, 0), form.Queries);
        if (dq is { } queries) task.DQ = HeadsOf(queries, form.Queries);
        if (dk is { } keys) task.DK = HeadsOf(keys, form.Keys);
        if (dv is { } values) task.DV = HeadsOf(values, form.Keys);
        Kernels.Attention.Backward(task);
        Alive(q.Of, k.Of, v.Of, y, saved);
        Alive(dy, dq?.Of ?? default, dk?.Of ?? default, dv?.Of ?? default);
    }

    public override int AttentionSavedFloats(in AttentionShape form, bool trains) => Kernels.Attention.Saved(SizesOf(form), trains);

    static AttentionTask SizesOf(in AttentionShape form) => new()
    {
        Batch = form.Batch, Queries = form.Queries, Keys = form.Keys, HeadCount = form.Heads, Dim = form.Dim, Causal = form.Causal,
    };

    static AttentionTask TaskOf(in AttentionShape form, ColumnRange q, ColumnRange k, ColumnRange v, Tensor y, Tensor saved) => SizesOf(form) with
    {
        DropRate = form.DropRate, Key = form.DropKey,
        Q = HeadsOf(q, form.Queries), K = HeadsOf(k, form.Keys), V = HeadsOf(v, form.Keys), Y = HeadsOf(new ColumnRange(y, 0), form.Queries),
        Saved = P(saved), SavedLength = saved.Length,
    };

    static AttentionHeads HeadsOf(ColumnRange x, int tokens) => new(P(x.Of) + x.Start, x.Of.Shape[-1], tokens, x.Accumulate);

    public override void BatchNormalize(Tensor x, Tensor mean, Tensor variance, float epsilon, Tensor weight, Tensor bias, Tensor y)
    {
        var (rows, width) = RowsOf(x);
        Kernels.BatchNormalize.Run(P(x), P(mean), P(variance), epsilon, P(weight), P(bias), P(y), rows, width);
        Alive(x, mean, variance, weight, bias);
        Alive(y);
    }

    public override void BatchNormalizeBackward(
        Tensor x, Tensor mean, Tensor variance, float epsilon, Tensor weight, Tensor dy, GradientTarget? dx, GradientTarget? dweight, GradientTarget? dbias)
    {
        var (rows, width) = RowsOf(x);
        Kernels.BatchNormalize.Backward(P(x), P(mean), P(variance), epsilon, P(weight), P(dy),
            P(dx), dx is { Accumulate: true }, P(dweight), dweight is { Accumulate: true }, P(dbias), dbias is { Accumulate: true }, rows, width);
        Alive(x, mean, variance, weight, dy);
        Alive(dx?.Tensor ?? default, dweight?.Tensor ?? default, dbias?.Tensor ?? default);
    }

    public override void Conv2d(Tensor x, Tensor weight, Tensor? bias, (int Height, int Width) stride, (int Height, int Width) padding, Tensor y)
    {
        var sizes = Convolution(x.Shape, weight.Shape, stride, padding);
        ConvForward.Run(sizes, P(x), P(weight), Panels(weight.Node, sizes), bias is { } row ? P(row) : null, P(y));
        Alive(x, weight, bias ?? default, y);
    }

    public override void Conv2dBackwardInput(Tensor weight, (int Height, int Width) stride, (int Height, int Width) padding, Tensor dy, Tensor dx, bool accumulate)
    {
        ConvInputGradient.Run(Convolution(dx.Shape, weight.Shape, stride, padding), P(weight), P(dy), P(dx), accumulate);
        Alive(weight, dy, dx);
    }

    public override void Conv2dBackwardWeight(Tensor x, (int Height, int Width) stride, (int Height, int Width) padding, Tensor dy, GradientTarget dw, GradientTarget? dbias)
    {
        var sizes = Convolution(x.Shape, dw.Tensor.Shape, stride, padding);
        ConvWeightGradient.Run(sizes, P(x), P(dy), P(dw.Tensor), dw.Accumulate, P(dbias), dbias is { Accumulate: true });
        Alive(x, dy, dw.Tensor, dbias?.Tensor ?? default);
    }

    public override void AveragePool(Tensor x, int size, int stride, Tensor y)
    {
        var kernel = new AveragePooling.Forward(Squares(x.Shape, size, stride), P(x), P(y));
        Cores.Run(kernel, kernel.Chunks);
        Alive(x, y);
    }

    public override void AveragePoolBackward(Tensor dy, int size, int stride, Tensor dx, bool accumulate)
    {
        var kernel = new AveragePooling.Backward(Squares(dx.Shape, size, stride), P(dy), P(dx), accumulate);
        Cores.Run(kernel, kernel.Chunks);
        Alive(dy, dx);
    }

    public override void CopyRows(Tensor x, int xStart, int xStride, Tensor y, int yStart, int yStride, int rows, int width, bool accumulate)
    {
        Cores.Run(new Move.Rows(P(x) + xStart, xStride, P(y) + yStart, yStride, rows, width, accumulate), Reduce.RowChunks(rows, width));
        Alive(x, y);
    }

    public override void Permute(Tensor x, ReadOnlySpan<int> axes, Tensor y, bool accumulate)
    {
        var shape = x.Shape;
        Span<int> sizes = stackalloc int[Move.Permute.Axes], strides = stackalloc int[Move.Permute.Axes];
        sizes.Fill(1);
        strides.Clear();
        for (var i = 0; i < axes.Length; i++)
        {
            sizes[^(axes.Length - i)] = shape[axes[i]];
            strides[^(axes.Length - i)] = shape.Product(axes[i] + 1, shape.Rank);
        }

        var kernel = new Move.Permute(P(x), P(y), sizes, strides, accumulate);
        Cores.Run(kernel, kernel.Chunks);
        Alive(x, y);
    }

    public override void Gather(Tensor x, ReadOnlySpan<int> indices, int stride, int width, Tensor y)
    {
        fixed (int* rows = indices)
            Cores.Run(new Move.Gather(P(x), rows, stride, width, P(y), indices.Length), Reduce.RowChunks(indices.Length, width));
        Alive(x, y);
    }

    public override void ScatterAdd(Tensor dy, ReadOnlySpan<int> indices, int stride, int width, Tensor dx)
    {
        fixed (int* rows = indices)
        {
            var kernel = new Move.ScatterAdd(P(dy), rows, stride, width, P(dx), indices.Length);
            Cores.Run(kernel, kernel.Chunks);
        }
        Alive(dy, dx);
    }

    internal override void UnitRows(Tensor x)
    {
        var (rows, width) = RowsOf(x);
        Cores.Run(new Kernels.UnitRows(P(x), rows, width), Reduce.RowChunks(rows, width));
        Alive(x);
    }

    internal override void EppsPulley(Tensor u, int slices, float spacing, ReadOnlySpan<float> targets, ReadOnlySpan<float> weights, Tensor statistics, int start, float scale, bool gradient)
    {
        int samples = u.Shape[0] / slices, knots = targets.Length, padded = Kernels.EppsPulley.Padded(knots);
        var tables = Scratch.Rent(3 * padded);
        new Span<float>(tables, 3 * padded).Clear();
        targets.CopyTo(new Span<float>(tables, padded));
        weights.CopyTo(new Span<float>(tables + padded, padded));
        for (var k = 0; k < knots; k++) tables[2 * padded + k] = weights[k] * (k * spacing) * (2f * scale / samples);

        var task = new Kernels.EppsPulley.Task
        {
            U = P(u), Samples = samples, Directions = u.Shape[1],
            Spacing = spacing, Knots = knots, Targets = tables, Weights = tables + padded, Slopes = tables + 2 * padded,
            Statistics = P(statistics) + start, StatisticsRow = statistics.Shape[1], Gradient = gradient,
        };
        Cores.Run(new Kernels.EppsPulley.Strip(task), Kernels.EppsPulley.Chunks(slices, u.Shape[1]));
        Scratch.Return(tables);
        Alive(u, statistics);
    }

    internal override float SumOfSquares(Tensor x, int start, int count)
    {
        var blocks = Reduce.Blocks(count);
        var partial = Scratch.Rent(blocks + 1);
        Cores.Run(new Reduce.SquareBlocks(P(x) + start, partial, count), blocks);
        Cores.Run(new Reduce.SumRows(partial, partial + blocks, 1f, false, 1, blocks), 1);
        var sum = partial[blocks];
        Scratch.Return(partial);
        Alive(x);
        return sum;
    }

    internal override void AdamStep(Tensor weight, Tensor gradient, Tensor m, Tensor v, int start, int count, AdamStep.Rates rates)
    {
        Cores.Complete(new AdamStep(P(weight) + start, P(gradient) + start, P(m) + start, P(v) + start, rates, count), Elementwise.Chunks(count));
        Alive(weight, gradient, m, v);
    }

    /// <summary>A right operand that repeats, laid out to a useful length while a kernel runs.</summary>
    readonly ref struct Repeated
    {
        readonly int _length;

        internal Repeated(float* b, int period, int n)
        {
            _length = Elementwise.TileLength(period, n);
            Start = b;
            Period = period;
            if (_length == 0) return;
            Start = Scratch.Rent(_length);
            Period = _length;
            Elementwise.Tile(b, period, Start, _length);
        }

        internal float* Start { get; }

        internal int Period { get; }

        public void Dispose()
        {
            if (_length != 0) Scratch.Return(Start);
        }
    }

    static Convolution Convolution(in Shape x, in Shape weight, (int Height, int Width) stride, (int Height, int Width) padding) => new()
    {
        Batch = x[0], Height = x[1], Width = x[2], Channels = x[3],
        Outputs = weight[0], KernelHeight = weight[2], KernelWidth = weight[3],
        StrideY = stride.Height, StrideX = stride.Width, PaddingY = padding.Height, PaddingX = padding.Width,
    };

    static AveragePooling.Sizes Squares(in Shape x, int size, int stride) =>
        new() { Batch = x[0], Height = x[1], Width = x[2], Channels = x[3], Size = size, Stride = stride };

    /// <summary>The address of the first number. The storage never moves, but only <see cref="Alive"/> keeps the collector from it.</summary>
    static float* P(Tensor x) => P(x.Node);

    static float* P(Node node) => Unsafe.As<CpuStorage>(node.Storage).Pointer + node.Offset;

    /// <summary>Where a gradient goes; null if nobody wants it.</summary>
    static float* P(GradientTarget? sink) => sink is { } s ? P(s.Tensor) : null;

    /// <summary>Called behind the kernel: a tensor that is not read again would otherwise be free to go while the kernel runs.</summary>
    static void Alive(Tensor a, Tensor b = default, Tensor c = default, Tensor d = default, Tensor e = default)
    {
        a.KeepAlive();
        b.KeepAlive();
        c.KeepAlive();
        d.KeepAlive();
        e.KeepAlive();
    }
}
