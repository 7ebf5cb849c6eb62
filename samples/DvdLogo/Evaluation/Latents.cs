using TinyJepa.Data;
using TinyJepa.Nn;

namespace TinyJepa.Samples.DvdLogo;

/// <summary>The latents of every observation of a set of clips.</summary>
internal sealed class Latents
{
    const int ClipsAtOnce = 32;

    readonly float[] _values;

    Latents(DvdSequences clips, float[] values) => (Clips, _values) = (clips, values);

    public DvdSequences Clips { get; }

    /// <summary>Observations of each clip.</summary>
    public int Times => Clips.Length - 1;

    /// <summary>All latents, clip by clip: [clips·times, 32].</summary>
    public Tensor All => Tensor.From(_values, [Clips.Count * Times, DvdModel.Latent]);

    /// <summary>The latents of some clips: [count·times, 32].</summary>
    public Tensor OfClips(int first, int count) =>
        Tensor.From(_values.AsSpan(first * Times * DvdModel.Latent, count * Times * DvdModel.Latent), [count * Times, DvdModel.Latent]);

    /// <summary>The latent of one time in every clip: [clips, 32].</summary>
    public Tensor AtTime(int time)
    {
        var z = Tensor.Empty([Clips.Count, DvdModel.Latent]);
        for (var clip = 0; clip < Clips.Count; clip++) Row(clip, time).CopyTo(z.Span[(clip * DvdModel.Latent)..]);
        return z;
    }

    public ReadOnlySpan<float> Row(int clip, int time) => _values.AsSpan((clip * Times + time) * DvdModel.Latent, DvdModel.Latent);

    /// <summary>The true positions, the labels of a probe: [clips·times, 2], y before x.</summary>
    public Tensor Places()
    {
        var places = Tensor.Empty([Clips.Count * Times, 2]);
        for (var i = 0; i < Clips.Count * Times; i++)
        {
            var place = Clips.Label(i / Times, i % Times);
            (places.Span[2 * i], places.Span[2 * i + 1]) = (place.Y, place.X);
        }

        return places;
    }

    public static Latents Of(Layer encoder, DvdSequences clips)
    {
        var times = clips.Length - 1;
        var values = new float[clips.Count * times * DvdModel.Latent];
        for (var first = 0; first < clips.Count; first += ClipsAtOnce)
        {
            using var scope = Scope.Begin();
            var count = Math.Min(ClipsAtOnce, clips.Count - first);
            var frames = Tensor.From(clips.Frames.Slice(first * clips.Length * LogoFrame.Length, count * clips.Length * LogoFrame.Length), [count * clips.Length, LogoFrame.Length]);
            var starts = Enumerable.Range(0, count * times).Select(i => i / times * clips.Length + i % times).ToArray();
            encoder.Forward(new SlidingWindows(frames, length: 2).Take(starts)).CopyTo(values.AsSpan(first * times * DvdModel.Latent));
        }

        return new Latents(clips, values);
    }
}
