namespace TinyJepa.Samples.DvdLogo;

/// <summary>How surprised a model is when nothing unusual happens, and from where on it is an alarm.</summary>
/// <param name="Usual">The median over ordinary ticks.</param>
/// <param name="Threshold">Above everything that ordinary ticks, wall bounces among them, ever reached.</param>
internal sealed record SurpriseScale(float Usual, float Threshold)
{
    const int Clips = 16, Length = 62;
    const uint Seed = 8800;

    // Bounces are the hardest ordinary ticks and rare enough that a median rule takes them for anomalies. The largest of 960 ordinary
    // ticks, bounces of every kind among them, and half as much again is passed by a jump of two pixels and by nothing else seen.
    const float Margin = 1.5f;

    static readonly DvdSequences s_clips = DvdWorld.MakeSequences(Clips, Length, Seed);

    public static (SurpriseScale Pixels, SurpriseScale Latents) Of(LiveModel model)
    {
        const int ticks = Length - 1;
        var observations = new float[ticks * DvdSequences.ObservationLength];
        var (seen, expected) = (new float[ticks * LiveModel.LatentLength], new float[ticks * LiveModel.LatentLength]);
        var frames = new float[ticks * LogoFrame.Length];
        var (pixels, latents) = (new List<float>(), new List<float>());
        for (var clip = 0; clip < Clips; clip++)
        {
            for (var t = 0; t < ticks; t++)
                s_clips.Observation(clip, t).CopyTo(observations.AsSpan(t * DvdSequences.ObservationLength));

            model.Encode(observations, seen);
            model.Predict(seen, expected);
            model.Decode(expected, frames);
            for (var t = 0; t + 1 < ticks; t++)
            {
                pixels.Add(LiveScene.Distance(Row(frames, t, LogoFrame.Length), s_clips.Frame(clip, t + 2)));
                latents.Add(LiveScene.Distance(Row(expected, t, LiveModel.LatentLength), Row(seen, t + 1, LiveModel.LatentLength)));
            }
        }

        return (Of(pixels), Of(latents));
    }

    static SurpriseScale Of(List<float> ordinary)
    {
        ordinary.Sort();
        return new SurpriseScale(ordinary[ordinary.Count / 2], Margin * ordinary[^1]);
    }

    static ReadOnlySpan<float> Row(float[] rows, int row, int length) => rows.AsSpan(row * length, length);
}
