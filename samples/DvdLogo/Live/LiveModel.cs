namespace TinyJepa.Samples.DvdLogo;

/// <summary>A model as the page shows it: the weights, and the scales that belong to exactly these weights.</summary>
internal sealed class LiveModel : PageModel
{
    readonly DvdModel _model;

    /// <param name="model">Weights that no training changes any more.</param>
    /// <param name="recipe">The name of their recipe.</param>
    /// <param name="step">The step of training they come from.</param>
    /// <param name="steps">All steps.</param>
    /// <param name="seconds">The time it took to get there.</param>
    public LiveModel(DvdModel model, string recipe, int step, int steps, double seconds) : base(model, recipe, step, steps, seconds)
    {
        _model = model;
        Map = LatentMap.Of(model);
        (PixelSurprise, LatentSurprise) = SurpriseScale.Of(model);
        Strip = new DreamStrip(this);
    }

    public LatentMap Map { get; }

    /// <summary>Its dream of the fixed clip.</summary>
    public DreamStrip Strip { get; }

    public SurpriseScale PixelSurprise { get; }

    public SurpriseScale LatentSurprise { get; }

    /// <param name="observations">[rows, 512]: two frames each, the older one first.</param>
    /// <param name="latents">[rows, 32]</param>
    public void Encode(ReadOnlySpan<float> observations, Span<float> latents)
    {
        using var scope = Scope.Begin();
        _model.Slow.Forward(Rows(observations, DvdSequences.ObservationLength)).CopyTo(latents);
    }

    /// <param name="latents">[rows, 32]</param>
    /// <param name="next">[rows, 32]: the latents expected one frame later.</param>
    public void Predict(ReadOnlySpan<float> latents, Span<float> next)
    {
        using var scope = Scope.Begin();
        _model.Predict(Rows(latents, DvdModel.Latent)).CopyTo(next);
    }

    /// <param name="latents">[rows, 32]</param>
    /// <param name="frames">[rows, 256]: the newest frame of each.</param>
    public void Decode(ReadOnlySpan<float> latents, Span<float> frames)
    {
        using var scope = Scope.Begin();
        _model.Decode(Rows(latents, DvdModel.Latent)).CopyTo(frames);
    }

    static Tensor Rows(ReadOnlySpan<float> values, int width) => Tensor.From(values, [values.Length / width, width]);
}
