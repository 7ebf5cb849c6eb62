namespace TinyJepa.Samples.DvdLogo;

/// <summary>A model as the page needs it: weights at rest, and the yardsticks that belong to exactly these weights.</summary>
internal sealed class LiveModel : ILiveModel
{
    readonly DvdModel _networks;

    /// <param name="networks">Weights that nobody will change any more.</param>
    /// <param name="recipe">How they were trained.</param>
    /// <param name="step">The step of training they come from.</param>
    /// <param name="trainSeconds">The time it took to get there.</param>
    public LiveModel(DvdModel networks, Recipe recipe, int step, double trainSeconds)
    {
        (_networks, Recipe, Step, TrainSeconds) = (networks, recipe, step, trainSeconds);
        Hash = networks.Hash;
        Map = LatentMap.Of(networks);
        (PixelSurprise, LatentSurprise) = SurpriseScale.Of(networks);
        Strip = new FilmStrip(this);
    }

    public Recipe Recipe { get; }

    public int Step { get; }

    /// <inheritdoc/>
    public bool IsComplete => Step == Recipe.TotalSteps;

    public double TrainSeconds { get; }

    public int Count => _networks.Count;

    /// <inheritdoc/>
    public string Hash { get; }

    public LatentMap Map { get; }

    /// <summary>Its dream of the fixed clip.</summary>
    public FilmStrip Strip { get; }

    public SurpriseScale PixelSurprise { get; }

    public SurpriseScale LatentSurprise { get; }

    /// <param name="observations">[rows, 512]: two frames each, the older one first.</param>
    /// <param name="latents">[rows, 32]</param>
    public void Encode(ReadOnlySpan<float> observations, Span<float> latents)
    {
        using var scope = Scope.Begin();
        _networks.Slow.Forward(Rows(observations, DvdSequences.ObservationLength)).CopyTo(latents);
    }

    /// <param name="latents">[rows, 32]</param>
    /// <param name="next">[rows, 32]: the latents expected one frame later.</param>
    public void Predict(ReadOnlySpan<float> latents, Span<float> next)
    {
        using var scope = Scope.Begin();
        _networks.Predict(Rows(latents, DvdModel.Latent)).CopyTo(next);
    }

    /// <param name="latents">[rows, 32]</param>
    /// <param name="frames">[rows, 256]: the newest frame of each.</param>
    public void Decode(ReadOnlySpan<float> latents, Span<float> frames)
    {
        using var scope = Scope.Begin();
        _networks.Decode(Rows(latents, DvdModel.Latent)).CopyTo(frames);
    }

    static Tensor Rows(ReadOnlySpan<float> values, int width) => Tensor.From(values, [values.Length / width, width]);
}
