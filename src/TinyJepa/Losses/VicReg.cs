namespace TinyJepa.Losses;

/// <summary>
/// Variance, invariance and covariance (Bardes et al. 2022): two views of an example agree, every dimension keeps a variance over the
/// batch, and dimensions are decorrelated. The variance hinge alone keeps small teacher-student models from collapsing.
/// </summary>
public sealed record VicReg
{
    /// <summary>Weight of the hinge on each dimension's standard deviation (the paper's μ).</summary>
    public float Variance { get; init; } = 25f;

    /// <summary>Weight of the mean squared difference of the views (the paper's λ).</summary>
    public float Invariance { get; init; } = 25f;

    /// <summary>Weight of the squared covariances between dimensions (the paper's ν).</summary>
    public float Covariance { get; init; } = 1f;

    /// <summary>Added to the variances under the root.</summary>
    public float Epsilon { get; init; } = 1e-4f;

    /// <summary>The weighted sum of all three (eq. 6).</summary>
    /// <param name="a">One view, [batch, dim].</param>
    /// <param name="b">The other view, [batch, dim].</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ArgumentException">The shapes differ, or are not [batch ≥ 2, dim].</exception>
    public Tensor Of(Tensor a, Tensor b)
    {
        var loss = Mse.Of(a, b) * Invariance;
        if (Variance != 0f) loss += (VarianceHinge(a, Epsilon) + VarianceHinge(b, Epsilon)) * Variance;
        if (Covariance != 0f) loss += (OffDiagonal(a) + OffDiagonal(b)) * Covariance;
        return loss;
    }

    /// <summary>mean over d of max(0, 1 − √(Var_d + ε)), with the unbiased variance over the batch (eq. 1, 2).</summary>
    /// <param name="z">[batch, dim], at least two rows.</param>
    /// <param name="epsilon">Added to the variances under the root.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ArgumentException">z is not a matrix of at least two rows.</exception>
    public static Tensor VarianceHinge(Tensor z, float epsilon = 1e-4f)
    {
        Check(z);
        return (1f - (z.Variance(axis: 0) + epsilon).Sqrt()).Relu().Mean();
    }

    /// <summary>Σ over i ≠ j of C²ᵢⱼ/dim, for the covariance C over the batch with divisor n − 1 (eq. 3, 4).</summary>
    /// <param name="z">[batch, dim], at least two rows.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ArgumentException">z is not a matrix of at least two rows.</exception>
    public static Tensor OffDiagonal(Tensor z)
    {
        Check(z);
        int batch = z.Shape[0], dim = z.Shape[1];
        var centered = z - z.Mean(axis: 0);
        // The diagonal is masked, not subtracted: rounding errors of the much larger variances would dominate the rest.
        var others = centered.MatMul(centered, transposeA: true) * Mask(dim, z.Backend) / (batch - 1f);
        return others.Square().Sum() / dim;
    }

    /// <summary>Ones with a diagonal of zeros, [dim, dim]: in row-major order the zeros are dim + 1 apart.</summary>
    static Tensor Mask(int dim, Backend backend)
    {
        var rows = Tensor.Concat(1, Tensor.Zeros([dim - 1, 1], backend), Tensor.Ones([dim - 1, dim], backend));
        return Tensor.Concat(0, rows.Reshape([dim * dim - 1]), Tensor.Zeros([1], backend)).Reshape([dim, dim]);
    }

    static void Check(Tensor z)
    {
        if (z.Shape.Rank != 2 || z.Shape[0] < 2) throw new ArgumentException($"VicReg needs a batch of embeddings, [batch ≥ 2, dim], not {z.Shape}.");
    }
}
