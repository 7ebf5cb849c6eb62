using TinyJepa.Kernels;

namespace TinyJepa;

/// <summary>Normalisations and the modulation of rows.</summary>
sealed unsafe partial class CpuBackend
{
    public override void Normalize(Tensor x, float epsilon, Tensor y, Tensor rstd)
    {
        using var at = new Operands();
        var (rows, width) = RowsOf(x);
        Cores.Run(new NormalizeRows.Forward(at[x], at[y], at[rstd], epsilon, rows, width), Reduce.RowChunks(rows, width));
    }

    public override void NormalizeBackward(Tensor y, Tensor rstd, Tensor dy, GradientTarget dx)
    {
        using var at = new Operands();
        var (rows, width) = RowsOf(y);
        var kernel = new NormalizeRows.Backward(at[y], at[rstd], at[dy], at[dx.Tensor], dx.Accumulate, rows, width);
        Cores.Run(kernel, Reduce.RowChunks(rows, width));
    }

    public override void UnitRows(Tensor x)
    {
        using var at = new Operands();
        var (rows, width) = RowsOf(x);
        Cores.Run(new Kernels.UnitRows(at[x], rows, width), Reduce.RowChunks(rows, width));
    }

    public override void LayerNorm(Tensor x, Tensor weight, Tensor bias, float epsilon, Tensor y, Tensor mean, Tensor rstd)
    {
        using var at = new Operands();
        var (rows, width) = RowsOf(x);
        var affine = new LayerNormRows.Affine(at[weight], at[bias], 0, 0f);
        var kernel = new LayerNormRows.Forward(at[x], affine, epsilon, at[y], at[mean], at[rstd], rows, width);
        Cores.Run(kernel, Reduce.RowChunks(rows, width));
    }

    public override void LayerNormBackward(
        Tensor x, Tensor weight, Tensor mean, Tensor rstd, Tensor dy, GradientTarget? dx, GradientTarget? dweight, GradientTarget? dbias)
    {
        using var at = new Operands();
        var (rows, width) = RowsOf(x);
        var size = LayerNormRows.RowsPerBlock(rows, width);
        var blocks = IntegerMath.CeilDiv(rows, size);
        var needsSums = dweight is not null || dbias is not null;
        using var partial = needsSums ? new Scratch.Block(2 * (nint)blocks * width) : default;
        var sums = needsSums ? new LayerNormRows.Affine(partial.Pointer, partial.Pointer + (long)blocks * width, 0, 0f) : default;
        var affine = new LayerNormRows.Affine(at[weight], null, 0, 0f);
        var kernel = new LayerNormRows.Backward(
            at[x], affine, at[mean], at[rstd], at[dy], at[dx], dx is { Accumulate: true }, sums, size, rows, width);
        Cores.Run(kernel, blocks);
        if (dweight is { } w) Cores.Run(new Reduce.SumColumns(sums.Factor, at[w.Tensor], 1f, w.Accumulate, blocks, width), Reduce.ColumnChunks(1, width));
        if (dbias is { } b) Cores.Run(new Reduce.SumColumns(sums.Summand, at[b.Tensor], 1f, b.Accumulate, blocks, width), Reduce.ColumnChunks(1, width));
    }

    public override void NormalizeModulate(Tensor x, Tensor m, int shift, int scale, float epsilon, Tensor y, Tensor mean, Tensor rstd)
    {
        using var at = new Operands();
        var (rows, width) = RowsOf(x);
        var pm = at[m];
        var affine = new LayerNormRows.Affine(pm + scale * width, pm + shift * width, m.Shape[-1], 1f);
        var kernel = new LayerNormRows.Forward(at[x], affine, epsilon, at[y], at[mean], at[rstd], rows, width);
        Cores.Run(kernel, Reduce.RowChunks(rows, width));
    }

    public override void NormalizeModulateBackward(
        Tensor x, Tensor m, int shift, int scale, Tensor mean, Tensor rstd, Tensor dy, GradientTarget? dx, GradientTarget? dm)
    {
        using var at = new Operands();
        var (rows, width) = RowsOf(x);
        Clear(dm, width, shift, scale);
        var affine = new LayerNormRows.Affine(at[m] + scale * width, null, m.Shape[-1], 1f);
        var target = at[dm];
        var sums = target is null ? default : new LayerNormRows.Affine(target + scale * width, target + shift * width, m.Shape[-1], 0f);
        var kernel = new LayerNormRows.Backward(
            at[x], affine, at[mean], at[rstd], at[dy], at[dx], dx is { Accumulate: true }, sums, Reduce.RowsPerChunk(width), rows, width);
        Cores.Run(kernel, Reduce.RowChunks(rows, width));
    }

    public override void Modulate(Tensor n, Tensor m, int shift, int scale, Tensor y)
    {
        using var at = new Operands();
        var (rows, width) = RowsOf(n);
        var pm = at[m];
        var kernel = new ModulateRows.Modulate(at[n], pm + shift * width, pm + scale * width, m.Shape[-1], at[y], rows, width);
        Cores.Run(kernel, Reduce.RowChunks(rows, width));
    }

    public override void ModulateBackward(Tensor n, Tensor m, int shift, int scale, Tensor dy, GradientTarget? dn, GradientTarget? dm)
    {
        using var at = new Operands();
        var (rows, width) = RowsOf(n);
        Clear(dm, width, shift, scale);
        var target = at[dm];
        var kernel = new ModulateRows.ModulateBackward(at[n], at[m] + scale * width, at[dy], at[dn], dn is { Accumulate: true },
            target is null ? null : target + shift * width, target is null ? null : target + scale * width, m.Shape[-1], rows, width);
        Cores.Run(kernel, Reduce.RowChunks(rows, width));
    }

    public override void AddGated(Tensor x, Tensor z, Tensor m, int gate, Tensor y)
    {
        using var at = new Operands();
        var (rows, width) = RowsOf(x);
        var kernel = new ModulateRows.AddGated(at[x], at[z], at[m] + gate * width, m.Shape[-1], at[y], rows, width);
        Cores.Run(kernel, Reduce.RowChunks(rows, width));
    }

    public override void AddGatedBackward(Tensor z, Tensor m, int gate, Tensor dy, GradientTarget? dz, GradientTarget? dm)
    {
        using var at = new Operands();
        var (rows, width) = RowsOf(z);
        Clear(dm, width, gate);
        var target = at[dm];
        var kernel = new ModulateRows.AddGatedBackward(at[z], at[m] + gate * width, at[dy], at[dz], dz is { Accumulate: true },
            target is null ? null : target + gate * width, m.Shape[-1], rows, width);
        Cores.Run(kernel, Reduce.RowChunks(rows, width));
    }

    public override void BatchNormalize(Tensor x, Tensor mean, Tensor variance, float epsilon, Tensor weight, Tensor bias, Tensor y)
    {
        using var at = new Operands();
        var (rows, width) = RowsOf(x);
        Kernels.BatchNormalize.Run(at[x], at[mean], at[variance], epsilon, at[weight], at[bias], at[y], rows, width);
    }

    public override void BatchNormalizeBackward(
        Tensor x, Tensor mean, Tensor variance, float epsilon, Tensor weight, Tensor dy, GradientTarget? dx, GradientTarget? dweight, GradientTarget? dbias)
    {
        using var at = new Operands();
        var (rows, width) = RowsOf(x);
        Kernels.BatchNormalize.Backward(at[x], at[mean], at[variance], epsilon, at[weight], at[dy],
            at[dx], dx is { Accumulate: true }, at[dweight], dweight is { Accumulate: true }, at[dbias], dbias is { Accumulate: true }, rows, width);
    }

    /// <summary>The kernels add to chunks of a modulation's gradient; those that must be overwritten start from zero.</summary>
    void Clear(GradientTarget? dm, int width, params ReadOnlySpan<int> chunks)
    {
        if (dm is not { Accumulate: false, Tensor: var target }) return;
        using var scope = Scope.Begin();
        var zeros = Tensor.Zeros([width], this);
        var (rows, stride) = RowsOf(target);
        foreach (var chunk in chunks) CopyRows(zeros, 0, 0, target, chunk * width, stride, rows, width, accumulate: false);
    }
}
