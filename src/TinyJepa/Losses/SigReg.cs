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
/// be standard normal. The distance is Epps &amp; Pulley's, between characteristic functions. It is what keeps a JEPA without a teacher from
/// collapsing.
/// </summary>
/// <remarks>
/// The defaults are LeWorldModel's. With them a collapsed batch of N costs 0.402·N and a perfect one about 1.05, whatever N. The directions of
/// a call are those of <c>rng[Step]</c>, so a run that is taken up again needs only <see cref="Step"/>; a checkpoint keeps it.
/// </remarks>
/// <param name="rng">The stream of the directions; its position is left alone.</param>
public sealed class SigReg(Rng rng) : IResumable
{
    readonly Rng _rng = rng ?? throw new ArgumentNullException(nameof(rng));
    float[]? _targets, _weights;

    /// <summary>The form of LeWorldModel: 17 knots on [0, 3], trapezoid rule, Gaussian window, times the number of samples.</summary>
    /// <param name="rng">The stream of the directions.</param>
    /// <param name="directions">How many directions a call draws.</param>
    public static SigReg Canonical(Rng rng, int directions = 1024) => new(rng) { Directions = directions };

    /// <summary>
    /// The bouncing ball's form: 17 knots on [0, 3], Simpson's rule, no window, not multiplied by the number of samples. A collapsed batch
    /// costs 1.386.
    /// </summary>
    /// <param name="rng">The stream of the directions.</param>
    /// <param name="directions">How many directions a call draws.</param>
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
    /// <exception cref="ArgumentOutOfRangeException">The value is not a number above 0.</exception>
    public float Range
    {
        get;
        init
        {
            if (!(value > 0f && float.IsFinite(value))) throw new ArgumentOutOfRangeException(nameof(value), value, "The last knot must be a number above 0.");
            field = value;
        }
    } = 3f;

    /// <summary>Whether the weights carry the factor exp(−t²/2).</summary>
    public bool Window { get; init; } = true;

    /// <summary>The rule of the integral.</summary>
    public Quadrature Quadrature { get; init; }

    /// <summary>Whether the statistic is multiplied by the number of samples, which makes a perfect batch cost the same whatever its size.</summary>
    public bool ScaleBySamples { get; init; } = true;

    /// <summary>How many calls came before: it chooses the next call's directions.</summary>
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

    /// <summary>Keeps the number of calls; the directions' seed and names must be the same.</summary>
    void IResumable.Visit(StateVisitor state)
    {
        ((IResumable)_rng).Visit(state["rng"]);
        var step = Step;
        state.Visit("step", ref step);
        Step = step;
    }

    /// <summary>Wₖ: what each knot's squared distance counts.</summary>
    /// <exception cref="InvalidOperationException">Simpson's rule was asked of an even number of knots.</exception>
    public ReadOnlySpan<float> Weights => _weights ??= MakeWeights();

    /// <summary>φₖ = exp(−tₖ²/2): the characteristic function of the standard normal distribution at the knots.</summary>
    internal ReadOnlySpan<float> Targets => _targets ??= [.. Enumerable.Range(0, Knots).Select(k => (float)Gaussian(Knot(k)))];

    /// <summary>The mean over time and random directions of Σₖ Wₖ·|mean over b of exp(i·tₖ·z_b·a) − exp(−tₖ²/2)|², times the samples if asked to.</summary>
    /// <param name="z">[samples, dim], or [time, samples, dim]: then each time's samples are a batch of their own. Not finite: NaN.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ArgumentException">z has another shape, or is empty.</exception>
    /// <exception cref="InvalidOperationException">Simpson's rule was asked of an even number of knots.</exception>
    public Tensor Of(Tensor z)
    {
        if (z.Shape.Rank is not (2 or 3) || z.Length == 0)
            throw new ArgumentException($"SigReg looks at embeddings of shape [samples, dim] or [time, samples, dim], not {z.Shape}.");
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
