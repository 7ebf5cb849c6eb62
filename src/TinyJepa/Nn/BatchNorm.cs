namespace TinyJepa.Nn;

/// <summary>
/// y = weight·(x − mean)/√(variance + ε) + bias over all axes but the last (Ioffe &amp; Szegedy 2015): PyTorch's BatchNorm1d on [rows, features]
/// and BatchNorm2d on [batch, height, width, features]. While the innermost scope is a tape, the statistics are the batch's and update the
/// running averages; otherwise the running averages are used.
/// </summary>
public sealed class BatchNorm : Layer
{
    readonly Tensor _weight, _bias, _mean, _variance, _batches;
    readonly float _epsilon, _momentum;

    /// <summary>
    /// Creates <c>weight</c> (ones) and <c>bias</c> (zeros), and the buffers <c>running_mean</c> (zeros), <c>running_var</c> (ones), all [features],
    /// and <c>num_batches_tracked</c> [].
    /// </summary>
    /// <param name="p">The parameters at the layer's path.</param>
    /// <param name="features">Size of the last axis.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="momentum">The weight of a new batch in the running averages, as in PyTorch.</param>
    /// <exception cref="InvalidOperationException">One of the paths is taken, or an optimiser or average already holds the parameters.</exception>
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
    /// <exception cref="ArgumentException">The last axis is not of size features; or, in training, there are fewer than two rows over all axes but
    /// the last.</exception>
    public override Tensor Forward(Tensor x)
    {
        if (!Tape.IsOpen) return BatchNormOp.Apply(x, _mean, _variance, _epsilon, _weight, _bias);

        var y = BatchNormOp.Normalize(x, _weight, _bias, _epsilon, out var mean, out var variance);
        var rows = x.Shape.Product(0, x.Shape.Rank - 1);
        using var complete = Threads.CancelOn(CancellationToken.None);          // mean, variance and counter change together or not at all
        Update(_mean, mean, 1f);
        Update(_variance, variance, rows / (rows - 1f));                        // the running variance is the unbiased one, as in PyTorch
        x.Backend.Map(new AffineOp.Formula(1f, 1f), _batches, _batches);
        return y;
    }

    /// <summary>
    /// Estimates the running averages anew from some training batches. During training they lag behind weights that change fast; a model that is
    /// evaluated before its learning rate has decayed should be recalibrated first.
    /// </summary>
    /// <param name="forward">Passes one or more batches through this layer on tapes; of several, later ones weigh more, as in training.</param>
    /// <exception cref="InvalidOperationException">No batch passed through this layer while a tape was open, or its momentum is 0.</exception>
    /// <remarks>On an exception the running averages are what they were before.</remarks>
    public void Recalibrate(Action forward)
    {
        ArgumentNullException.ThrowIfNull(forward);
        float[] mean = _mean.ToArray(), variance = _variance.ToArray(), batches = _batches.ToArray();
        try
        {
            forward();
            var count = _batches.Item - batches[0];
            // After the batches an average is old·(1 − m)ⁿ + new·(1 − (1 − m)ⁿ).
            var (old, weight) = (1f, 0f);
            for (var i = 0; i < count; i++) (old, weight) = (old * (1f - _momentum), weight * (1f - _momentum) + _momentum);
            if (weight == 0f)
                throw new InvalidOperationException("No batch changed the running averages: call Forward in the function, while a tape is open, and with a " +
                    "momentum above 0.");
            Remove(mean, _mean, old, weight);
            Remove(variance, _variance, old, weight);
        }
        catch
        {
            foreach (var (values, buffer) in ((float[], Tensor)[])[(mean, _mean), (variance, _variance), (batches, _batches)])
                buffer.Backend.Upload(values, buffer);
            throw;
        }
    }

    /// <summary>One linear layer with the output of this layer's running averages after <paramref name="before"/>.</summary>
    /// <param name="before">The layer whose output this one normalises.</param>
    /// <returns>W′ = W·s and b′ = (b − mean)·s + bias with s = weight/√(variance + ε), output by output. Its weights are constant copies: call this
    /// outside scopes to keep them.</returns>
    /// <exception cref="ArgumentException">The layer's outputs are not as many as this layer's features.</exception>
    public Linear Fold(Linear before)
    {
        ArgumentNullException.ThrowIfNull(before);
        return new Linear(FoldWeight(before.Weight), FoldBias(before.Bias));
    }

    /// <inheritdoc cref="Fold(Linear)"/>
    /// <summary>One convolution with the output of this layer's running averages after <paramref name="before"/>.</summary>
    public Conv2d Fold(Conv2d before)
    {
        ArgumentNullException.ThrowIfNull(before);
        return new Conv2d(before, FoldWeight(before.Weight), FoldBias(before.Bias));
    }

    void Update(Tensor average, Tensor batch, float scale)
    {
        average.Backend.Add(average, 1f - _momentum, average, accumulate: false);
        average.Backend.Add(batch, _momentum * scale, average, accumulate: true);
    }

    /// <summary>average = (average − old·before)/weight</summary>
    static void Remove(float[] before, Tensor average, float old, float weight)
    {
        var values = average.ToArray();
        for (var i = 0; i < values.Length; i++) values[i] = (values[i] - old * before[i]) / weight;
        average.Backend.Upload(values, average);
    }

    Tensor FoldWeight(Tensor weight)
    {
        if (weight.Shape[0] != _weight.Length)
            Throw.Mismatch("Fold", weight.Shape, _weight.Shape, "the layer before must have as many outputs as there are features");
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
