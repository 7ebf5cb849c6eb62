namespace TinyJepa;

/// <summary>Normalisations with a weight and bias, and rows modulated by a condition.</summary>
/// <remarks>A modulation m holds chunks side by side in its columns, as wide as the rows it modulates; primitives name a chunk by its index.</remarks>
public abstract partial class Backend
{
    /// <summary>y = (x − mean)·rstd·weight + bias over the last axis, and the mean and rstd of every row.</summary>
    public virtual void LayerNorm(Tensor x, Tensor weight, Tensor bias, float epsilon, Tensor y, Tensor mean, Tensor rstd)
    {
        Standardize(x, epsilon, y, mean, rstd);
        Zip(new Compositions.Product(), y, weight, y);
        Zip(new Compositions.Sum(), y, bias, y);
    }

    /// <summary>The gradients of <see cref="LayerNorm"/>.</summary>
    public virtual void LayerNormBackward(
        Tensor x, Tensor weight, Tensor mean, Tensor rstd, Tensor dy, GradientTarget? dx, GradientTarget? dweight, GradientTarget? dbias)
    {
        using var scope = Scope.Begin();
        var (rows, width) = RowsOf(x);
        Tensor n = Tensor.Empty(x.Shape, this), g = Tensor.Empty(x.Shape, this);
        Standardize(x, mean, rstd, n);
        if (dweight is { } toWeight)
        {
            Zip(new Compositions.Product(), dy, n, g);
            Sum(g, 1, rows, width, 1f, toWeight.Tensor, toWeight.Accumulate);
        }

        if (dbias is { } toBias) Sum(dy, 1, rows, width, 1f, toBias.Tensor, toBias.Accumulate);
        if (dx is not { } toX) return;
        Zip(new Compositions.Product(), dy, weight, g);
        NormalizeBackward(n, rstd, g, toX);
    }

    /// <summary>y = (x − mean)·rstd·(1 + scale) + shift, and the mean and rstd of every row.</summary>
    public virtual void NormalizeModulate(Tensor x, Tensor m, int shift, int scale, float epsilon, Tensor y, Tensor mean, Tensor rstd)
    {
        using var scope = Scope.Begin();
        var n = Tensor.Empty(x.Shape, this);
        Standardize(x, epsilon, n, mean, rstd);
        Modulate(n, m, shift, scale, y);
    }

    /// <summary>The gradients of <see cref="NormalizeModulate"/>. Of dm only the two chunks are written.</summary>
    public virtual void NormalizeModulateBackward(
        Tensor x, Tensor m, int shift, int scale, Tensor mean, Tensor rstd, Tensor dy, GradientTarget? dx, GradientTarget? dm)
    {
        using var scope = Scope.Begin();
        Tensor n = Tensor.Empty(x.Shape, this), dn = Tensor.Empty(x.Shape, this);
        Standardize(x, mean, rstd, n);
        ModulateBackward(n, m, shift, scale, dy, dx is null ? null : new GradientTarget(dn, false), dm);
        if (dx is { } toX) NormalizeBackward(n, rstd, dn, toX);
    }

    /// <summary>y = n·(1 + scale) + shift.</summary>
    public virtual void Modulate(Tensor n, Tensor m, int shift, int scale, Tensor y)
    {
        using var scope = Scope.Begin();
        Zip(new Compositions.Product(), n, Chunk(m, scale, n.Shape), y);
        Add(n, 1f, y, accumulate: true);
        Add(Chunk(m, shift, n.Shape), 1f, y, accumulate: true);
    }

    /// <summary>The gradients of <see cref="Modulate"/>. Of dm only the two chunks are written.</summary>
    public virtual void ModulateBackward(Tensor n, Tensor m, int shift, int scale, Tensor dy, GradientTarget? dn, GradientTarget? dm)
    {
        using var scope = Scope.Begin();
        var product = Tensor.Empty(n.Shape, this);
        if (dm is { } toM)
        {
            Zip(new Compositions.Product(), dy, n, product);
            WriteChunk(product, toM, scale);
            WriteChunk(dy, toM, shift);
        }

        if (dn is not { } toN) return;
        Zip(new Compositions.Product(), dy, Chunk(m, scale, n.Shape), product);
        Add(dy, 1f, product, accumulate: true);
        Add(product, 1f, toN.Tensor, toN.Accumulate);
    }

    /// <summary>y = x + gate·z.</summary>
    public virtual void AddGated(Tensor x, Tensor z, Tensor m, int gate, Tensor y)
    {
        using var scope = Scope.Begin();
        Zip(new Compositions.Product(), z, Chunk(m, gate, z.Shape), y);
        Add(x, 1f, y, accumulate: true);
    }

    /// <summary>The gradients of <see cref="AddGated"/> with respect to z and the gate. Of dm only its chunk is written.</summary>
    public virtual void AddGatedBackward(Tensor z, Tensor m, int gate, Tensor dy, GradientTarget? dz, GradientTarget? dm)
    {
        using var scope = Scope.Begin();
        var product = Tensor.Empty(z.Shape, this);
        if (dm is { } toM)
        {
            Zip(new Compositions.Product(), dy, z, product);
            WriteChunk(product, toM, gate);
        }

        if (dz is not { } toZ) return;
        Zip(new Compositions.Product(), dy, Chunk(m, gate, z.Shape), product);
        Add(product, 1f, toZ.Tensor, toZ.Accumulate);
    }

    /// <summary>y = weight·(x − mean)/√(variance + ε) + bias; all but x and y have the size of the last axis.</summary>
    public virtual void BatchNormalize(Tensor x, Tensor mean, Tensor variance, float epsilon, Tensor weight, Tensor bias, Tensor y)
    {
        using var scope = Scope.Begin();
        var scale = Tensor.Empty(variance.Shape, this);
        Map(new Compositions.InverseStd(epsilon), variance, scale);
        Zip(new Compositions.Product(), scale, weight, scale);
        Zip(new Compositions.Difference(), x, mean, y);
        Zip(new Compositions.Product(), y, scale, y);
        Zip(new Compositions.Sum(), y, bias, y);
    }

    /// <summary>The gradients of <see cref="BatchNormalize"/> when mean and (biased) variance are x's own, over all axes but the last.</summary>
    public virtual void BatchNormalizeBackward(
        Tensor x, Tensor mean, Tensor variance, float epsilon, Tensor weight, Tensor dy, GradientTarget? dx, GradientTarget? dweight, GradientTarget? dbias)
    {
        using var scope = Scope.Begin();
        var (rows, width) = RowsOf(x);
        Tensor rstd = Tensor.Empty([width], this), n = Tensor.Empty(x.Shape, this), product = Tensor.Empty(x.Shape, this);
        Tensor sum = Tensor.Empty([width], this), dot = Tensor.Empty([width], this);
        Map(new Compositions.InverseStd(epsilon), variance, rstd);
        Zip(new Compositions.Difference(), x, mean, n);
        Zip(new Compositions.Product(), n, rstd, n);
        Zip(new Compositions.Product(), dy, n, product);
        Sum(product, 1, rows, width, 1f, dot, accumulate: false);
        Sum(dy, 1, rows, width, 1f, sum, accumulate: false);
        if (dweight is { } toWeight) Add(dot, 1f, toWeight.Tensor, toWeight.Accumulate);
        if (dbias is { } toBias) Add(sum, 1f, toBias.Tensor, toBias.Accumulate);
        if (dx is not { } toX) return;

        // dx = weight·rstd·(dy − sum/rows − n·dot/rows)
        Zip(new Compositions.Product(), n, dot, product);
        Broadcast(sum, 1, rows, width, 1f, product, accumulate: true);
        Add(product, -1f / rows, n, accumulate: false);
        Add(dy, 1f, n, accumulate: true);
        Zip(new Compositions.Product(), rstd, weight, rstd);
        Zip(new Compositions.Product(), n, rstd, n);
        Add(n, 1f, toX.Tensor, toX.Accumulate);
    }

    /// <summary>One of m's chunks of columns, copied out: a tensor of that shape.</summary>
    Tensor Chunk(Tensor m, int chunk, in Shape shape)
    {
        var y = Tensor.Empty(shape, this);
        var (rows, width) = RowsOf(y);
        CopyRows(m, chunk * width, m.Shape[-1], y, 0, width, rows, width, accumulate: false);
        return y;
    }

    void WriteChunk(Tensor x, GradientTarget dm, int chunk)
    {
        var (rows, width) = RowsOf(x);
        CopyRows(x, 0, width, dm.Tensor, chunk * width, dm.Tensor.Shape[-1], rows, width, dm.Accumulate);
    }
}
