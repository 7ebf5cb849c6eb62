using TinyJepa.Nn;

namespace TinyJepa.Optim;

/// <summary>
/// A slow copy of a model: after every step, target ← decay·target + (1 − decay)·online (Grill et al. 2020, eq. 1). The copy is a second
/// set of parameters with the same paths, never trained itself.
/// </summary>
public sealed class Ema : IResumable
{
    readonly Tensor _online, _target;
    readonly Node[] _copies;

    /// <summary>Starts the copy equal to the model and freezes it.</summary>
    /// <param name="online">The model in training, or a part of it.</param>
    /// <param name="target">The copy: built by the same constructors, in the same order.</param>
    /// <param name="decay">How much of the copy stays at each step, in [0, 1].</param>
    /// <exception cref="ArgumentException">Their names or shapes differ.</exception>
    public Ema(Parameters online, Parameters target, float decay)
    {
        ArgumentNullException.ThrowIfNull(online);
        ArgumentNullException.ThrowIfNull(target);
        if (!(decay >= 0f && decay <= 1f)) throw new ArgumentOutOfRangeException(nameof(decay), decay, "A decay lies in [0, 1].");
        Parameter[] mine = [.. online.Entries], theirs = [.. target.Entries];
        if (mine.Length == 0 || !mine.Select(e => (online.NameOf(e), e.Value.Shape)).SequenceEqual(theirs.Select(e => (target.NameOf(e), e.Value.Shape))))
            throw new ArgumentException("The model and its average must have the same parameters in the same order: build both with the same constructors.");
        (_online, _target) = (online.Block.Stretch(mine), target.Block.Stretch(theirs));
        var own = ParameterBlock.Length(mine);
        if (_online.Length != own || _target.Length != own) throw new ArgumentException("Other layers were built between those of the model or of its average: build each in one go.");
        target.CopyFrom(online);
        target.Trainable = false;
        Decay = decay;
        _copies = [.. theirs.Select(entry => entry.Node)];
    }

    /// <summary>How much of the copy stays at each step.</summary>
    public float Decay { get; set; }

    /// <summary>Moves the copy towards the model; call it after the optimiser's step.</summary>
    /// <exception cref="InvalidOperationException">The copy is frozen.</exception>
    public void Step()
    {
        foreach (var node in _copies)
            if (node.Frozen is not null) Throw.Frozen(node.Shape);
        _target.Backend.Lerp(_online, 1f - Decay, _target);
    }

    /// <summary>Keeps the decay; the copy itself is a set of parameters and kept as one.</summary>
    void IResumable.Visit(StateVisitor state)
    {
        var decay = (double)Decay;
        state.Visit("decay", ref decay);
        Decay = (float)decay;
    }
}
