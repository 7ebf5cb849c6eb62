namespace TinyJepa.Nn;

/// <summary>
/// y = weight·(x − mean)/√(variance + ε) + bias over all axes but the last (Ioffe &amp; Szegedy 2015): PyTorch's BatchNorm1d on [rows, features]
/// and BatchNorm2d on [batch, height, width, features]. While the innermost scope is a tape the statistics are the batch's, and running averages
/// follow them; otherwise the running averages serve.
/// </summary>
public sealed class BatchNorm : Layer
{
    readonly Tensor _weight, _bias, _mean, _variance, _batches;
    readonly float _epsilon, _momentum;

    /// <summary>
    /// Asks <paramref name="p"/> for <c>weight</c> (ones) and <c>bias</c> (zeros), and for the untrained <c>running_mean</c> (zeros),
    /// <c>running_var</c> (ones), all [features], and <c>num_batches_tracked</c> [].
    /// </summary>
    /// <param name="p">The layer's place among the parameters.</param>
    /// <param name="features">Size of the last axis.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="momentum">The newest batch's share in the running averages.</param>
    public BatchNorm(Parameters p, int features, float epsilon = 1e-5f, float momentum = 0.1f)
    {
        ArgumentNullException.ThrowIfNull(p);
        _weight = p.Create("weight", [features], Init.One);
        _bias = p.Create("bias", [features], Init.Zero);
        _mean = p.Buffer("running_mean", [features], Init.Zero);
        _variance = p.Buffer("running_var", [features], Init.One);
        _batches = p.Buffer("num_batches_tracked", [], Init.Zero);
        (_epsilon, _momentum) = (epsilon, momentum);
    }

    /// <param name="x">[rows, features] or [batch, height, width, features]</param>
    /// <returns>The same shape.</returns>
    /// <exception cref="ArgumentException">In training: there are fewer than two rows over all axes but the last.</exception>
    public override Tensor Forward(Tensor x)
    {
        if (!Tape.IsOpen) return BatchNormOp.Apply(x, _mean, _variance, _epsilon, _weight, _bias);

        var y = BatchNormOp.Normalize(x, _weight, _bias, _epsilon, out var mean, out var variance);
        var rows = x.Shape.Product(0, x.Shape.Rank - 1);
        Follow(_mean, mean, 1f);
        Follow(_variance, variance, rows / (rows - 1f));             // the running variance is of the unbiased kind, as PyTorch's
        x.Backend.Add(Tensor.Ones([], x.Backend), 1f, _batches, accumulate: true);
        return y;
    }

    /// <summary>The same answer as this layer's running averages give behind <paramref name="before"/>, from one linear layer.</summary>
    /// <remarks>W′ = W·s and b′ = (b − mean)·s + bias with s = weight/√(variance + ε), output by output. Its numbers are copies that nobody trains: make it outside scopes to keep it.</remarks>
    /// <exception cref="ArgumentException">Its outputs are not this layer's features.</exception>
    public Linear Fold(Linear before)
    {
        ArgumentNullException.ThrowIfNull(before);
        return new Linear(FoldWeight(before.Weight), FoldBias(before.Bias));
    }

    /// <inheritdoc cref="Fold(Linear)"/>
    /// <summary>The same answer as this layer's running averages give behind <paramref name="before"/>, from one convolution.</summary>
    public Conv2d Fold(Conv2d before)
    {
        ArgumentNullException.ThrowIfNull(before);
        return new Conv2d(before, FoldWeight(before.Weight), FoldBias(before.Bias));
    }

    void Follow(Tensor average, Tensor newest, float scale)
    {
        average.Backend.Add(average, 1f - _momentum, average, accumulate: false);
        average.Backend.Add(newest, _momentum * scale, average, accumulate: true);
    }

    Tensor FoldWeight(Tensor weight)
    {
        if (weight.Shape[0] != _weight.Length) Throw.Mismatch("Fold", weight.Shape, _weight.Shape, "the layer in front must have as many outputs as there are features");
        float[] values = weight.ToArray(), scale = Scale();
        var inputs = values.Length / scale.Length;
        for (var i = 0; i < values.Length; i++) values[i] *= scale[i / inputs];
        return Tensor.From(values, weight.Shape, weight.Backend);
    }

    Tensor FoldBias(Tensor? bias)
    {
        float[] scale = Scale(), values = bias?.ToArray() ?? new float[scale.Length], mean = _mean.ToArray(), shift = _bias.ToArray();
        for (var i = 0; i < scale.Length; i++) values[i] = MathF.FusedMultiplyAdd(values[i] - mean[i], scale[i], shift[i]);
        return Tensor.From(values, _bias.Shape, _bias.Backend);
    }

    float[] Scale()
    {
        float[] scale = _weight.ToArray(), variance = _variance.ToArray();
        for (var i = 0; i < scale.Length; i++) scale[i] /= MathF.Sqrt(variance[i] + _epsilon);
        return scale;
    }
}
