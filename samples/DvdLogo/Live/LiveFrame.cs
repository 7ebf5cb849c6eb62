namespace TinyJepa.Samples.DvdLogo;

/// <summary>What one tick has to show. One instance per tab, written anew at every tick.</summary>
internal sealed class LiveFrame
{
    public Wire.Flags Flags { get; set; }

    /// <summary>0 when awake; 1 … <see cref="DreamSteps"/> in a dream.</summary>
    public int DreamStep { get; set; }

    public int DreamSteps { get; set; }

    /// <summary>Mean squared difference of prediction and reality, in pixels or, without the decoder, in latents.</summary>
    public float Surprise { get; set; }

    /// <summary>What surprise is on an ordinary tick; in a dream, the error of the last frame seen before it.</summary>
    public float Usual { get; set; }

    public float Threshold { get; set; }

    public MapPoint Seen { get; set; }

    public MapPoint Expected { get; set; }

    public float[] SeenLatent { get; } = new float[DvdModel.Latent];

    public float[] ExpectedLatent { get; } = new float[DvdModel.Latent];

    public float[] Reality { get; } = new float[LogoFrame.Length];

    /// <summary>Black without the decoder.</summary>
    public float[] Expectation { get; } = new float[LogoFrame.Length];
}
