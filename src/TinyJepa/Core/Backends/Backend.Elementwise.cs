namespace TinyJepa;

/// <summary>Elementwise and row-wise primitives that are composed of others unless a backend overrides them.</summary>
public abstract partial class Backend
{
    /// <summary>y = x, bit by bit. x and y hold as many elements, whatever their shapes. It runs to its end even if the thread's work is cancelled.</summary>
    public virtual void Copy(Tensor x, Tensor y)
    {
        using var whole = Threads.CancelOn(CancellationToken.None);
        Add(x, 1f, y, accumulate: false);
    }

    /// <summary>y += rate·(x − y). It runs to its end even if the thread's work is cancelled.</summary>
    public virtual void Lerp(Tensor x, float rate, Tensor y)
    {
        using var whole = Threads.CancelOn(CancellationToken.None);
        Zip(new Compositions.Lerp(rate), y, x, y);
    }

    /// <summary>y = [y +] scale·x for a scale that is computed too: a tensor of one element, which the program does not have to wait for.</summary>
    public virtual void AddScaled(Tensor x, Tensor scale, Tensor y, bool accumulate)
    {
        using var scope = Scope.Begin();
        var product = Tensor.Empty(x.Shape, this);
        Zip(new Compositions.Product(), x, View(scale, []), product);
        Add(product, 1f, y, accumulate);
    }

    /// <summary>dx = [dx +] dy·2(x − mean)/divisor, for a mean and dy of [outer, inner].</summary>
    public virtual void VarianceBackward(Tensor x, Tensor mean, Tensor dy, int outer, int axis, int inner, float divisor, GradientTarget dx)
    {
        using var scope = Scope.Begin();
        Tensor centred = Tensor.Empty(x.Shape, this), slope = Tensor.Empty(x.Shape, this);
        Copy(x, centred);
        Broadcast(mean, outer, axis, inner, -1f, centred, accumulate: true);
        Broadcast(dy, outer, axis, inner, 2f / divisor, slope, accumulate: false);
        Zip(new Compositions.Product(), centred, slope, centred);
        Add(centred, 1f, dx.Tensor, dx.Accumulate);
    }

    /// <summary>y = (x − mean)·rstd over the last axis, with rstd = 1/√(variance + ε) of every row.</summary>
    public virtual void Normalize(Tensor x, float epsilon, Tensor y, Tensor rstd)
    {
        using var scope = Scope.Begin();
        var mean = Tensor.Empty(rstd.Shape, this);
        Standardize(x, epsilon, y, mean, rstd);
    }

    /// <summary>dx = [dx +] rstd·(dy − mean(dy) − y·mean(dy·y)), the means over the last axis.</summary>
    public virtual void NormalizeBackward(Tensor y, Tensor rstd, Tensor dy, GradientTarget dx)
    {
        using var scope = Scope.Begin();
        var (rows, width) = RowsOf(y);
        Tensor d = Tensor.Empty(y.Shape, this), product = Tensor.Empty(y.Shape, this), mean = Tensor.Empty([rows], this);
        Zip(new Compositions.Product(), dy, y, product);
        Sum(product, rows, width, 1, 1f / width, mean, accumulate: false);
        Broadcast(mean, rows, width, 1, -1f, d, accumulate: false);
        Zip(new Compositions.Product(), d, y, d);
        Add(dy, 1f, d, accumulate: true);
        Sum(dy, rows, width, 1, 1f / width, mean, accumulate: false);
        Broadcast(mean, rows, width, 1, -1f, d, accumulate: true);
        Broadcast(rstd, rows, width, 1, 1f, product, accumulate: false);
        Zip(new Compositions.Product(), d, product, d);
        Add(d, 1f, dx.Tensor, dx.Accumulate);
    }

    /// <summary>x /= |x| row by row along the last axis; a row of zeros stays one.</summary>
    public virtual void UnitRows(Tensor x)
    {
        using var scope = Scope.Begin();
        var (rows, width) = RowsOf(x);
        Tensor squares = Tensor.Empty(x.Shape, this), lengths = Tensor.Empty([rows], this);
        Zip(new Compositions.Product(), x, x, squares);
        Sum(squares, rows, width, 1, 1f, lengths, accumulate: false);
        Map(new Compositions.InverseLength(), lengths, lengths);
        Broadcast(lengths, rows, width, 1, 1f, squares, accumulate: false);
        Zip(new Compositions.Product(), x, squares, x);
    }

    /// <summary>
    /// y = values uniform in [low, high): element i from word <paramref name="position"/> + i of the stream of <paramref name="key"/>, as
    /// <see cref="Rng.FillUniform(Span{float}, float, float)"/> draws it.
    /// </summary>
    public virtual void FillUniform(Tensor y, ulong key, long position, float low, float high)
    {
        var values = new float[y.Length];
        Rng.FillUniform(key, position, values, low, high);
        Upload(values, y);
    }

    /// <summary>y = normal values, as <see cref="Rng.FillNormal(Span{float}, float, float)"/> draws them from that position of the stream on.</summary>
    public virtual void FillNormal(Tensor y, ulong key, long position, float mean, float std)
    {
        var values = new float[y.Length];
        Rng.FillNormal(key, position, values, mean, std);
        Upload(values, y);
    }

    /// <summary>y = (x − mean)·rstd over the last axis; y may be x.</summary>
    void Standardize(Tensor x, float epsilon, Tensor y, Tensor mean, Tensor rstd)
    {
        var (rows, width) = RowsOf(x);
        Variance(x, rows, width, 1, width, mean, rstd);
        Map(new Compositions.InverseStd(epsilon), rstd, rstd);
        Standardize(x, mean, rstd, y);
    }

    /// <summary>y = (x − mean)·rstd with given statistics of every row.</summary>
    void Standardize(Tensor x, Tensor mean, Tensor rstd, Tensor y)
    {
        using var scope = Scope.Begin();
        var (rows, width) = RowsOf(x);
        var each = Tensor.Empty(x.Shape, this);
        Broadcast(mean, rows, width, 1, 1f, each, accumulate: false);
        Zip(new Compositions.Difference(), x, each, y);
        Broadcast(rstd, rows, width, 1, 1f, each, accumulate: false);
        Zip(new Compositions.Product(), y, each, y);
    }
}
