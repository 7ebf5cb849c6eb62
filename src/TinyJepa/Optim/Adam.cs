using System.Runtime.InteropServices;
using TinyJepa.Kernels;
using TinyJepa.Nn;

namespace TinyJepa.Optim;

/// <summary>
/// Adam (Kingma &amp; Ba 2015, algorithm 1); with <see cref="WeightDecay"/> AdamW (Loshchilov &amp; Hutter 2019, algorithm 2). One fused loop
/// over the flat block.
/// </summary>
/// <example><code>
/// var adam = new Adam(p) { LearningRate = 1e-3f, MaxGradientNorm = 1f };
/// …
/// tape.Backward(loss);
/// adam.Step();
/// </code></example>
public sealed class Adam : IResumable
{
    readonly ParameterBlock _block;
    readonly Parameter[] _entries;
    readonly Tensor _m, _v, _norm;
    readonly List<(int Start, int Count)> _segments = [];
    double _beta1Power = 1, _beta2Power = 1;

    /// <summary>An optimiser of the parameters of a set, or a part of one, that are trainable at each step.</summary>
    /// <param name="parameters">The parameters. No more can be created in their set afterwards.</param>
    public Adam(Parameters parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        (_block, _entries) = (parameters.Block, [.. parameters.Entries]);
        var length = _block.Weights.Length;
        _m = new Tensor(Node.Unscoped([length], _block.Backend));
        _v = new Tensor(Node.Unscoped([length], _block.Backend));
        _norm = new Tensor(Node.Unscoped([], _block.Backend));
        _block.Backend.Fill(_m, 0f);
        _block.Backend.Fill(_v, 0f);
        _block.Backend.Fill(_norm, float.NaN);
        _ = _block.Gradients;
    }

    /// <summary>The step size; set it before each step to follow a schedule.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative or not finite.</exception>
    public float LearningRate
    {
        get;
        set => field = value >= 0f && float.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A learning rate must be " +
            "finite and at least 0.");
    } = 1e-3f;

    /// <summary>Decay of the moving average of the gradient.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the moving average of the squared gradient.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Added to the denominator.</summary>
    public float Epsilon { get; init; } = 1e-8f;

    /// <summary>Decoupled decay: each step shrinks the weights by LearningRate·WeightDecay. 0 is plain Adam; PyTorch's AdamW uses 0.01.</summary>
    public float WeightDecay { get; init; }

    /// <summary>The maximum 2-norm of the gradient over all parameters; larger gradients are scaled down to it. Infinite by default.</summary>
    public float MaxGradientNorm { get; init; } = float.PositiveInfinity;

    /// <summary>The number of steps taken.</summary>
    public long Steps { get; private set; }

    /// <summary>
    /// The gradient's 2-norm at the last step, before clipping; NaN unless <see cref="MaxGradientNorm"/> is set. On another device than the
    /// processor, reading it waits for the step.
    /// </summary>
    public float GradientNorm => _norm.Item;

    /// <summary>Updates the parameters from their gradients, which are consumed.</summary>
    /// <exception cref="InvalidOperationException">A trainable parameter has no gradient; the message names it.</exception>
    public void Step()
    {
        CheckGradients();
        FindSegments();
        var clips = !float.IsPositiveInfinity(MaxGradientNorm);
        if (clips) _block.Backend.GradientNorm(_block.Gradients, CollectionsMarshal.AsSpan(_segments), _norm);

        Steps++;
        // Running products instead of powers: the system's pow differs between machines in the last bit.
        _beta1Power *= Beta1;
        _beta2Power *= Beta2;
        var rates = new AdamRates(
            Mean: (float)(1 - Beta1), Square: (float)(1 - Beta2), Beta2: (float)Beta2, Epsilon,
            Step: (float)(LearningRate / (1 - _beta1Power)),
            Correction: (float)(1 / Math.Sqrt(1 - _beta2Power)),
            Decay: 1f - LearningRate * WeightDecay);
        foreach (var entry in _entries) entry.Node.GradientPass = 0;
        foreach (var (start, count) in _segments)
            _block.Backend.AdamStep(_block.Weights, _block.Gradients, _m, _v, start, count, rates, clips ? _norm : null, MaxGradientNorm);
    }

    /// <summary>Both moments of every parameter, the number of steps and the learning rate.</summary>
    void IResumable.Visit(StateVisitor state)
    {
        foreach (var entry in _entries.Where(entry => !entry.IsBuffer))
        {
            state.Visit($"m.{entry.Path}", ParameterBlock.Window(_m, entry));
            state.Visit($"v.{entry.Path}", ParameterBlock.Window(_v, entry));
        }

        // The powers are saved: recomputing them would take Steps products, and pow differs between machines.
        var (steps, rate) = (Steps, (double)LearningRate);
        state.Visit("steps", ref steps);
        state.Visit("beta1_power", ref _beta1Power);
        state.Visit("beta2_power", ref _beta2Power);
        state.Visit("learning_rate", ref rate);
        (Steps, LearningRate) = (steps, (float)rate);
    }

    /// <summary>The parts of the block that are trainable now.</summary>
    void FindSegments()
    {
        _segments.Clear();
        for (var next = ParameterBlock.NextRun(_entries, 0); next.Count > 0; next = ParameterBlock.NextRun(_entries, next.Start + next.Count))
            _segments.Add(next);
    }

    void CheckGradients()
    {
        foreach (var entry in _entries)
        {
            if (entry.Trainable && !entry.HasGradient) throw new InvalidOperationException(
                $"The parameter '{entry.Path}' has no gradient: the loss does not depend on it, or Backward was not called since the last step. Use it, or " +
                "freeze it with p[\"…\"].Trainable = false.");
        }
    }
}
