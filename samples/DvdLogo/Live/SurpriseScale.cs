using TinyJepa.Analysis;

namespace TinyJepa.Samples.DvdLogo;

/// <summary>The surprise of a model on ordinary ticks, and the threshold of an alarm.</summary>
/// <param name="Usual">The median over ordinary ticks.</param>
/// <param name="Threshold">Above what ordinary ticks reach, wall bounces among them.</param>
internal sealed record SurpriseScale(float Usual, float Threshold)
{
    const int Clips = 16, Length = 62;
    const uint Seed = 8800;

    // A measurement needs a known rate of false alarms; a page that is watched for minutes should have none. Hence 1.5 times what
    // one ordinary tick in 960 exceeds. Measured with the best recipe over 60,000 ticks in a thousand fresh worlds: no alarm in pixels,
    // fewer than ten in latents; of 2,000 jumps 97 % detected in pixels (all beyond three pixels' distance), all in latents.
    const float Margin = 1.5f;

    static readonly DvdSequences s_clips = DvdWorld.MakeSequences(Clips, Length, Seed);

    public static (SurpriseScale Pixels, SurpriseScale Latents) Of(DvdModel model)
    {
        var latents = Latents.Of(model.Slow, s_clips);
        return (Of(SurpriseStudy.InPixels(model, latents)), Of(SurpriseStudy.InLatents(model, latents)));
    }

    static SurpriseScale Of(double[][] errors)
    {
        var surprise = Surprise.Calibrate(errors.SelectMany(clip => clip), falseAlarmRate: 1.0 / (Clips * (Length - 2)));
        return new SurpriseScale((float)surprise.Baseline, Margin * (float)surprise.Threshold);
    }
}
