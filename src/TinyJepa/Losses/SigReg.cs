namespace TinyJepa.Losses;

/// <summary>How <see cref="SigReg"/> turns the integral over t into a sum over knots.</summary>
public enum Quadrature
{
    /// <summary>The trapezoid rule over [−range, range]: symmetry doubles every weight.</summary>
    Trapezoid,

    /// <summary>Simpson's rule over [0, range]; needs an odd number of knots.</summary>
    Simpson,
}

/// <summary>
/// Sketched isotropic Gaussian regularisation (Balestriero &amp; LeCun 2025, LeJEPA): along random directions, the embeddings of a batch should
/// be standard normal. The distance is that of the Epps–Pulley test, between characteristic functions. It keeps a JEPA without a teacher from
/// collapsing.
/// </summary>
/// <remarks>
/// The defaults are LeWorldModel's. With them a collapsed batch of N has a loss of 0.402·N and a standard normal one about 1.05, for any N. The directions
/// of a call are those of <c>rng[Step]</c>, so a resumed run needs only <see cref="Step"/>, which a checkpoint saves.
/// </remarks>
/// <param name="rng">The random stream of the directions; its position does not change.</param>
public sealed class SigReg(Rng rng) : IResumable
{
    readonly Rng _rng = rng ?? throw new ArgumentNullException(nameof(rng));
    float[]? _targets, _weights;

    /// <summary>The settings of LeWorldModel: 17 knots on [0, 3], trapezoid rule, Gaussian window, multiplied by the number of samples.</summary>
    /// <param name="rng">The random stream of the directions.</param>
    /// <param name="directions">Number of random directions per call.</param>
    public static SigReg Canonical(Rng rng, int directions = 1024) => new(rng) { Directions = directions };

    /// <summary>
    /// The settings of the BouncingBall sample: 17 knots on [0, 3], Simpson's rule, no window, not multiplied by the number of samples. A collapsed
    /// batch has a loss of 1.386.
    /// </summary>
    /// <param name="rng">The random stream of the directions.</param>
    /// <param name="directions">Number of random directions per call.</param>
    public static SigReg Unwindowed(Rng rng, int directions = 256) =>
        new(rng) { Directions = directions, Window = false, Quadrature = Quadrature.Simpson, ScaleBySamples = false };

    /// <summary>Random directions per call.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int Directions
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 1024;

    /// <summary>Points at which the characteristic functions are compared, both ends included.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 2.</exception>
    public int Knots
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 2);
            field = value;
        }
    } = 17;

    /// <summary>The last knot; the first is 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not finite or not above 0.</exception>
    public float Range
    {
        get;
        init
        {
            if (!(value > 0f && float.IsFinite(value)))
                throw new ArgumentOutOfRangeException(nameof(value), value, "The last knot must be finite and above 0.");
            field = value;
        }
    } = 3f;

    /// <summary>Whether the weights carry the factor exp(−t²/2).</summary>
    public bool Window { get; init; } = true;

    /// <summary>The quadrature rule.</summary>
    public Quadrature Quadrature { get; init; }

    /// <summary>
    /// Whether the statistic is multiplied by the number of samples, so that the loss of a standard normal batch does not depend on its size.
    /// </summary>
    public bool ScaleBySamples { get; init; } = true;

    /// <summary>The number of calls so far, which selects the next call's directions.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public long Step
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    }

    /// <summary>The number of calls; the seed and name of the random stream must be the same.</summary>
    void IResumable.Visit(StateVisitor state)
    {
        ((IResumable)_rng).Visit(state["rng"]);
        var step = Step;
        state.Visit("step", ref step);
        Step = step;
    }

    /// <summary>Wₖ: the weight of each knot's squared distance.</summary>
    /// <exception cref="InvalidOperationException">Simpson's rule is selected and the number of knots is even.</exception>
    public ReadOnlySpan<float> Weights => _weights ??= MakeWeights();

    /// <summary>φₖ = exp(−tₖ²/2): the characteristic function of the standard normal distribution at the knots.</summary>
    internal ReadOnlySpan<float> Targets => _targets ??= [.. Enumerable.Range(0, Knots).Select(k => (float)Gaussian(Knot(k)))];

    /// <summary>
    /// The mean over time and random directions of Σₖ Wₖ·|mean over b of exp(i·tₖ·z_b·a) − exp(−tₖ²/2)|², times the samples if
    /// <see cref="ScaleBySamples"/> is set.
    /// </summary>
    /// <param name="z">[samples, dim], or [time, samples, dim]: then the samples of every time step are a separate batch. NaN if an element is not
    /// finite.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ArgumentException">z has another shape, or is empty.</exception>
    /// <exception cref="InvalidOperationException">Simpson's rule is selected and the number of knots is even.</exception>
    public Tensor Of(Tensor z)
    {
        if (z.Shape.Rank is not (2 or 3) || z.Length == 0)
            throw new ArgumentException($"SigReg needs embeddings of shape [samples, dim] or [time, samples, dim], not {z.Shape}.");
        var directions = Tensor.Empty([Directions, z.Shape[-1]], z.Backend);
        _rng.FillNormal(Step, directions);
        z.Backend.UnitRows(directions);
        var y = z.EppsPulley(directions, (float)Knot(1), Targets, Weights, ScaleBySamples ? z.Shape[-2] : 1f);
        Step++;
        return y;
    }

    double Knot(int k) => (double)Range / (Knots - 1) * k;

    float[] MakeWeights()
    {
        if (Quadrature == Quadrature.Simpson && Knots % 2 == 0)
            throw new InvalidOperationException($"Simpson's rule needs an odd number of knots, but there are {Knots}: take {Knots + 1}.");
        var (h, last) = (Knot(1), Knots - 1);
        var weights = new float[Knots];
        for (var k = 0; k <= last; k++)
        {
            var end = k == 0 || k == last;
            var rule = Quadrature == Quadrature.Simpson ? h / 3 * (end ? 1 : k % 2 == 1 ? 4 : 2) : end ? h : 2 * h;
            weights[k] = (float)(Window ? rule * Gaussian(Knot(k)) : rule);
        }

        return weights;
    }

    /// <summary>exp(−t²/2) from additions and multiplications alone: the system's exp differs between systems in its last bits.</summary>
    static double Gaussian(double t)
    {
        var (x, halvings) = (-t * t / 2, 0);
        for (; x < -0.1; halvings++) x /= 2;
        var (term, sum) = (1.0, 1.0);
        for (var n = 1; n <= 12; n++) sum += term *= x / n;
        for (; halvings > 0; halvings--) sum *= sum;
        return sum;
    }
}
