namespace TinyJepa.Samples.DvdLogo;

/// <summary>A model as the page needs it: frozen weights, and the yardsticks that belong to exactly these weights.</summary>
/// <remarks>Never changes after construction, so every tab may use it at once while its successor is being trained.</remarks>
internal sealed class LiveModel
{
    public const int LatentLength = 32;

    readonly DvdModel _networks;

    /// <param name="networks">Weights that nobody will change any more.</param>
    /// <param name="recipe">How they were trained, in a few words.</param>
    /// <param name="step">The step of training they come from.</param>
    /// <param name="steps">The steps of a complete training.</param>
    /// <param name="trainSeconds">The time it took to get there.</param>
    public LiveModel(DvdModel networks, string recipe, int step, int steps, double trainSeconds)
    {
        _networks = networks;
        (Recipe, Step, Steps, TrainSeconds) = (recipe, step, steps, trainSeconds);
        Hash = networks.Hash;
        Map = LatentMap.Of(this);
        (PixelSurprise, LatentSurprise) = SurpriseScale.Of(this);
    }

    public string Recipe { get; }

    public int Step { get; }

    public int Steps { get; }

    public double TrainSeconds { get; }

    public int Parameters => _networks.Parameters;

    /// <summary>Sixteen hexadecimal digits that differ when any weight differs in any bit.</summary>
    public string Hash { get; }

    public LatentMap Map { get; }

    public SurpriseScale PixelSurprise { get; }

    public SurpriseScale LatentSurprise { get; }

    /// <param name="observations">[rows, 512]: two frames each, the older one first.</param>
    /// <param name="latents">[rows, 32]</param>
    public void Encode(ReadOnlySpan<float> observations, Span<float> latents) => _networks.Encode(observations, latents);

    /// <param name="latents">[rows, 32]</param>
    /// <param name="next">[rows, 32]: the latents expected one frame later.</param>
    public void Predict(ReadOnlySpan<float> latents, Span<float> next) => _networks.Predict(latents, next);

    /// <param name="latents">[rows, 32]</param>
    /// <param name="frames">[rows, 256]: the newest frame of each.</param>
    public void Decode(ReadOnlySpan<float> latents, Span<float> frames) => _networks.Decode(latents, frames);
}
