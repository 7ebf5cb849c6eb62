using TinyJepa.Nn;

namespace TinyJepa.Optim;

/// <summary>
/// An exponential moving average of a model's parameters: after every step, target ← decay·target + (1 − decay)·online (Grill et al. 2020, eq. 1).
/// The average is a second set of parameters with the same paths that is not trained itself.
/// </summary>
public sealed class Ema : IResumable
{
    readonly Tensor _online, _target;
    readonly Node[] _copies;

    /// <summary>Initialises the average with the model's values and makes it untrainable.</summary>
    /// <param name="online">The model in training, or a part of it.</param>
    /// <param name="target">The average: built by the same constructors, in the same order.</param>
    /// <param name="decay">The weight of the old average at each step, in [0, 1].</param>
    /// <exception cref="ArgumentException">Their names or shapes differ.</exception>
    public Ema(Parameters online, Parameters target, float decay)
    {
        ArgumentNullException.ThrowIfNull(online);
        ArgumentNullException.ThrowIfNull(target);
        if (!(decay >= 0f && decay <= 1f)) throw new ArgumentOutOfRangeException(nameof(decay), decay, "A decay must be in [0, 1].");
        if (online.Backend != target.Backend) Throw.Backends(online.Backend, target.Backend);
        Parameter[] mine = [.. online.Entries], theirs = [.. target.Entries];
        if (mine.Length == 0 || !mine.Select(e => (online.NameOf(e), e.Value.Shape)).SequenceEqual(theirs.Select(e => (target.NameOf(e), e.Value.Shape))))
            throw new ArgumentException("The model and its average must have the same parameters in the same order: build both with the same constructors.");
        (_online, _target) = (online.Block.Segment(mine), target.Block.Segment(theirs));
        var own = ParameterBlock.Length(mine);
        if (_online.Length != own || _target.Length != own)
            throw new ArgumentException("Other layers were built between those of the model or of its average: build each without interruption.");
        target.CopyFrom(online);
        target.Trainable = false;
        Decay = decay;
        _copies = [.. theirs.Select(entry => entry.Node)];
    }

    /// <summary>The weight of the old average at each step.</summary>
    public float Decay { get; set; }

    /// <summary>Updates the average; call it after the optimiser's step.</summary>
    /// <exception cref="InvalidOperationException">The average is frozen, see <see cref="Parameters.Freeze"/>.</exception>
    public void Step()
    {
        foreach (var node in _copies)
            if (node.Frozen is not null) Throw.Frozen(node.Shape);
        _target.Backend.Lerp(_online, 1f - Decay, _target);
    }

    /// <summary>The decay; the average itself is a set of parameters and is saved as such.</summary>
    void IResumable.Visit(StateVisitor state)
    {
        var decay = (double)Decay;
        state.Visit("decay", ref decay);
        Decay = (float)decay;
    }
}
