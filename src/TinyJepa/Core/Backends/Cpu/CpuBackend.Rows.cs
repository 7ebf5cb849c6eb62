using TinyJepa.Kernels;

namespace TinyJepa;

/// <summary>The primitives whose every output depends on its whole row, and those that steer rows.</summary>
sealed unsafe partial class CpuBackend
{
    public override void Softmax(Tensor x, Tensor y)
    {
        var (rows, width) = RowsOf(x);
        Cores.Run(new SoftmaxRows.Forward(P(x), P(y), rows, width), Reduce.RowChunks(rows, width));
        Alive(x, y);
    }

    public override void SoftmaxBackward(Tensor y, Tensor dy, Tensor dx, bool accumulate)
    {
        var (rows, width) = RowsOf(y);
        Cores.Run(new SoftmaxRows.Backward(P(y), P(dy), P(dx), accumulate, rows, width), Reduce.RowChunks(rows, width));
        Alive(y, dy, dx);
    }

    public override void Normalize(Tensor x, float epsilon, Tensor y, Tensor rstd)
    {
        var (rows, width) = RowsOf(x);
        Cores.Run(new NormalizeRows.Forward(P(x), P(y), P(rstd), epsilon, rows, width), Reduce.RowChunks(rows, width));
        Alive(x, y, rstd);
    }

    public override void NormalizeBackward(Tensor y, Tensor rstd, Tensor dy, Tensor dx, bool accumulate)
    {
        var (rows, width) = RowsOf(y);
        Cores.Run(new NormalizeRows.Backward(P(y), P(rstd), P(dy), P(dx), accumulate, rows, width), Reduce.RowChunks(rows, width));
        Alive(y, rstd, dy, dx);
    }

    public override void LayerNorm(Tensor x, Tensor weight, Tensor bias, float epsilon, Tensor y, Tensor mean, Tensor rstd)
    {
        var (rows, width) = RowsOf(x);
        var affine = new LayerNormRows.Affine(P(weight), P(bias), 0, 0f);
        Cores.Run(new LayerNormRows.Forward(P(x), affine, epsilon, P(y), P(mean), P(rstd), rows, width), Reduce.RowChunks(rows, width));
        Alive(x, weight, bias, y, mean);
        Alive(rstd);
    }

    public override void LayerNormBackward(Tensor x, Tensor weight, Tensor mean, Tensor rstd, Tensor dy, GradientTarget? dx, GradientTarget? dweight, GradientTarget? dbias)
    {
        var (rows, width) = RowsOf(x);
        var size = LayerNormRows.RowsPerBlock(rows, width);
        var blocks = (rows + size - 1) / size;
        var gathers = dweight is not null || dbias is not null;
        var partial = gathers ? Scratch.Rent(2 * blocks * width) : null;
        var sums = gathers ? new LayerNormRows.Affine(partial, partial + (long)blocks * width, 0, 0f) : default;
        var affine = new LayerNormRows.Affine(P(weight), null, 0, 0f);
        Cores.Run(new LayerNormRows.Backward(P(x), affine, P(mean), P(rstd), P(dy), P(dx), dx is { Accumulate: true }, sums, size, rows, width), blocks);
        if (dweight is { } g) Cores.Run(new Reduce.SumColumns(sums.Factor, P(g.Tensor), 1f, g.Accumulate, blocks, width), Reduce.ColumnChunks(1, width));
        if (dbias is { } b) Cores.Run(new Reduce.SumColumns(sums.Summand, P(b.Tensor), 1f, b.Accumulate, blocks, width), Reduce.ColumnChunks(1, width));
        if (gathers) Scratch.Return(partial);
        Alive(x, weight, mean, rstd, dy);
        Alive(dx?.Tensor ?? default, dweight?.Tensor ?? default, dbias?.Tensor ?? default);
    }

    public override void NormalizeModulate(Tensor x, Tensor m, int shift, int scale, float epsilon, Tensor y, Tensor mean, Tensor rstd)
    {
        var (rows, width) = RowsOf(x);
        var affine = new LayerNormRows.Affine(P(m) + scale * width, P(m) + shift * width, m.Shape[-1], 1f);
        Cores.Run(new LayerNormRows.Forward(P(x), affine, epsilon, P(y), P(mean), P(rstd), rows, width), Reduce.RowChunks(rows, width));
        Alive(x, m, y, mean, rstd);
    }

    public override void NormalizeModulateBackward(Tensor x, Tensor m, int shift, int scale, Tensor mean, Tensor rstd, Tensor dy, GradientTarget? dx, Tensor? dm)
    {
        var (rows, width) = RowsOf(x);
        var affine = new LayerNormRows.Affine(P(m) + scale * width, null, m.Shape[-1], 1f);
        var sums = dm is { } d ? new LayerNormRows.Affine(P(d) + scale * width, P(d) + shift * width, m.Shape[-1], 0f) : default;
        var size = Reduce.RowsPerChunk(width);
        Cores.Run(new LayerNormRows.Backward(P(x), affine, P(mean), P(rstd), P(dy), P(dx), dx is { Accumulate: true }, sums, size, rows, width), Reduce.RowChunks(rows, width));
        Alive(x, m, mean, rstd, dy);
        Alive(dx?.Tensor ?? default, dm ?? default);
    }

    public override void Modulate(Tensor n, Tensor m, int shift, int scale, Tensor y)
    {
        var (rows, width) = RowsOf(n);
        Cores.Run(new ModulateRows.Modulate(P(n), P(m) + shift * width, P(m) + scale * width, m.Shape[-1], P(y), rows, width), Reduce.RowChunks(rows, width));
        Alive(n, m, y);
    }

    public override void ModulateBackward(Tensor n, Tensor m, int shift, int scale, Tensor dy, GradientTarget? dn, Tensor? dm)
    {
        var (rows, width) = RowsOf(n);
        var target = dm is { } d ? P(d) : null;
        var kernel = new ModulateRows.ModulateBackward(P(n), P(m) + scale * width, P(dy), P(dn), dn is { Accumulate: true },
            target is null ? null : target + shift * width, target is null ? null : target + scale * width, m.Shape[-1], rows, width);
        Cores.Run(kernel, Reduce.RowChunks(rows, width));
        Alive(n, m, dy, dn?.Tensor ?? default, dm ?? default);
    }

    public override void AddGated(Tensor x, Tensor z, Tensor m, int gate, Tensor y)
    {
        var (rows, width) = RowsOf(x);
        Cores.Run(new ModulateRows.AddGated(P(x), P(z), P(m) + gate * width, m.Shape[-1], P(y), rows, width), Reduce.RowChunks(rows, width));
        Alive(x, z, m, y);
    }

    public override void AddGatedBackward(Tensor z, Tensor m, int gate, Tensor dy, GradientTarget? dz, Tensor? dm)
    {
        var (rows, width) = RowsOf(z);
        var target = dm is { } d ? P(d) + gate * width : null;
        Cores.Run(new ModulateRows.AddGatedBackward(P(z), P(m) + gate * width, P(dy), P(dz), dz is { Accumulate: true }, target, m.Shape[-1], rows, width), Reduce.RowChunks(rows, width));
        Alive(z, m, dy, dz?.Tensor ?? default, dm ?? default);
    }

    static (int Rows, int Width) RowsOf(Tensor x) => (x.Shape[-1] == 0 ? 0 : x.Length / x.Shape[-1], x.Shape[-1]);
}
