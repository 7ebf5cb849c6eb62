namespace TinyJepa.Samples.DvdLogo;

/// <summary>
/// Clips of the world. Every frame is stored once: an observation is two neighbouring frames, and neighbours in time are neighbours in
/// memory, so an observation is a slice and never a copy.
/// </summary>
public sealed class DvdSequences
{
    /// <summary>Floats in an observation: two frames, the older one first.</summary>
    public const int ObservationLength = 2 * LogoFrame.Length;

    readonly float[] _frames;
    readonly Position[] _positions;

    internal DvdSequences(int count, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 3);
        (Count, Length) = (count, length);
        _frames = new float[count * length * LogoFrame.Length];
        _positions = new Position[count * length];
    }

    /// <summary>Clips.</summary>
    public int Count { get; }

    /// <summary>Frames in each clip.</summary>
    public int Length { get; }

    /// <summary>Transitions from an observation to the next one: three frames each.</summary>
    public int PairCount => Count * (Length - 2);

    /// <summary>All frames, [count, length, 256].</summary>
    public ReadOnlySpan<float> Frames => _frames;

    /// <summary>One frame, [256].</summary>
    public ReadOnlySpan<float> Frame(int sequence, int time) =>
        _frames.AsSpan(At(sequence, time) * LogoFrame.Length, LogoFrame.Length);

    /// <summary>What the model sees at a time: frames <paramref name="time"/> and <paramref name="time"/> + 1, [512].</summary>
    public ReadOnlySpan<float> Observation(int sequence, int time)
    {
        _ = At(sequence, time + 1);                     // the last frame of a clip has no partner; the next clip must not lend one
        return _frames.AsSpan(At(sequence, time) * LogoFrame.Length, ObservationLength);
    }

    /// <summary>Where the logo truly is in a frame.</summary>
    public Position Position(int sequence, int time) => _positions[At(sequence, time)];

    /// <summary>The label of an observation: where the logo is in its newest frame.</summary>
    public Position Label(int sequence, int time) => Position(sequence, time + 1);

    /// <summary>The published order of transitions: all clips at time 0, then all clips at time 1, and so on.</summary>
    /// <param name="index">0 … <see cref="PairCount"/> − 1.</param>
    /// <returns>The clip, and the time of the first of the two observations; the second is one later.</returns>
    public (int Sequence, int Time) Pair(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, PairCount);
        return (index % Count, index / Count);
    }

    internal void Record(int sequence, int time, Position position)
    {
        var at = At(sequence, time);
        _positions[at] = position;
        LogoFrame.Render(position, _frames.AsSpan(at * LogoFrame.Length, LogoFrame.Length));
    }

    int At(int sequence, int time)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)sequence, (uint)Count, nameof(sequence));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)time, (uint)Length, nameof(time));
        return sequence * Length + time;
    }
}
