namespace TinyJepa.Samples.DvdLogo;

/// <summary>One tab's world and what the model predicts, tick by tick.</summary>
/// <remarks>
/// Awake, the model predicts from its observations. In a dream it predicts from its own predictions: that is the whole difference. Reality
/// goes on meanwhile, unseen, so that the dream can be compared with it.
/// </remarks>
internal sealed class LiveScene
{
    readonly DvdWorld _world;
    readonly float[] _observation = new float[DvdSequences.ObservationLength];
    readonly float[] _from = new float[DvdModel.Latent];
    readonly float[] _lastSeenLatent = new float[DvdModel.Latent];
    readonly float[] _lastSeen = new float[LogoFrame.Length];
    LiveModel? _model;                    // whose latents the scene holds; a dream ends with the model that began it
    bool _jump, _mixed;

    public LiveScene(NumPyRandom random)
    {
        _world = new DvdWorld(random);
        Look();
    }

    public LiveFrame Frame { get; } = new();

    public bool Decoder { get; set; } = true;

    public bool Dreaming => Frame.DreamSteps > 0;

    public void NewWorld()
    {
        Wake();
        _world.Reset();
        Look();
    }

    /// <summary>The next frame shows the logo somewhere else.</summary>
    public void Teleport()
    {
        Wake();
        _world.Teleport();
        _jump = true;
    }

    public void Dream(int steps)
    {
        (Frame.DreamStep, Frame.DreamSteps) = (0, steps);
        Newest.CopyTo(_lastSeen);
        if (_model is not null) Frame.SeenLatent.CopyTo(_lastSeenLatent);
    }

    public void Wake() => (Frame.DreamStep, Frame.DreamSteps) = (0, 0);

    /// <summary>Lets one frame's time pass and fills <see cref="Frame"/>.</summary>
    public void Tick(LiveModel model)
    {
        if (Frame.DreamStep == Frame.DreamSteps) Wake();
        if (_model is null || (_model != model && Frame.DreamStep == 0)) Use(model);

        Predict();
        Newest.CopyTo(_observation);
        _world.Step();
        _world.Render(Newest);
        _model!.Encode(_observation, Frame.SeenLatent);
        Newest.CopyTo(Frame.Reality);

        Compare(_model);
        Frame.Seen = _model.Map.Project(Frame.SeenLatent);
        Frame.Expected = _model.Map.Project(Frame.ExpectedLatent);
    }

    Span<float> Newest => _observation.AsSpan(LogoFrame.Length);

    // Two frames make the first observation.
    void Look()
    {
        _world.Render(_observation);
        _world.Step();
        _world.Render(Newest);
        (_jump, _mixed, _model) = (false, false, null);
    }

    void Use(LiveModel model)
    {
        _model = model;
        model.Encode(_observation, Frame.SeenLatent);
        Frame.SeenLatent.CopyTo(_lastSeenLatent);
    }

    void Predict()
    {
        var deeper = Frame.DreamStep > 0;
        if (Dreaming) Frame.DreamStep++;
        (deeper ? Frame.ExpectedLatent : Frame.SeenLatent).CopyTo(_from);
        _model!.Predict(_from, Frame.ExpectedLatent);
        if (Decoder) _model.Decode(Frame.ExpectedLatent, Frame.Expectation);
        else Array.Clear(Frame.Expectation);
    }

    void Compare(LiveModel model)
    {
        var scale = Decoder ? model.PixelSurprise : model.LatentSurprise;
        Frame.Threshold = scale.Threshold;
        Frame.Surprise = Decoder ? Distance(Frame.Expectation, Frame.Reality) : Distance(Frame.ExpectedLatent, Frame.SeenLatent);
        Frame.Usual = !Dreaming ? scale.Usual
            : Decoder ? Distance(_lastSeen, Frame.Reality) : Distance(_lastSeenLatent, Frame.SeenLatent);

        var flags = Decoder ? Wire.Flags.Decoder : Wire.Flags.None;
        if (Dreaming) flags |= Wire.Flags.Dreaming;
        else if (Frame.Surprise > Frame.Threshold) flags |= Wire.Flags.Alarm;
        if (_jump) flags |= Wire.Flags.Jump;
        if (_mixed) flags |= Wire.Flags.Mixed;
        Frame.Flags = flags;
        (_jump, _mixed) = (false, _jump);       // the pair that holds the jump makes the next expectation
    }

    internal static float Distance(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var sum = 0f;
        for (var i = 0; i < a.Length; i++) sum += (a[i] - b[i]) * (a[i] - b[i]);
        return sum / a.Length;
    }
}
