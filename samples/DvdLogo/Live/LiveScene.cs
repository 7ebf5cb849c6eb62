namespace TinyJepa.Samples.DvdLogo;

/// <summary>One tab's world and what the model makes of it, tick by tick.</summary>
/// <remarks>
/// Awake, the model predicts from what it saw. In a dream it predicts from what it predicted: that is the whole difference. Reality
/// goes on meanwhile, unseen, so that the dream can be held against it.
/// </remarks>
internal sealed class LiveScene
{
    readonly DvdWorld _world;
    readonly float[] _observation = new float[DvdSequences.ObservationLength];
    readonly float[] _from = new float[DvdModel.Latent];
    readonly float[] _lastSeenLatent = new float[DvdModel.Latent];
    readonly float[] _lastSeen = new float[LogoFrame.Length];
    LiveModel? _eye;                    // whose latents the scene holds; a dream is finished by the model that began it
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
        if (_eye is not null) Frame.SeenLatent.CopyTo(_lastSeenLatent);
    }

    public void Wake() => (Frame.DreamStep, Frame.DreamSteps) = (0, 0);

    /// <summary>Lets one frame's time pass and fills <see cref="Frame"/>.</summary>
    public void Tick(LiveModel model)
    {
        if (Frame.DreamStep == Frame.DreamSteps) Wake();
        if (_eye is null || (_eye != model && Frame.DreamStep == 0)) Meet(model);

        Predict();
        Newest.CopyTo(_observation);
        _world.Step();
        _world.Render(Newest);
        _eye!.Encode(_observation, Frame.SeenLatent);
        Newest.CopyTo(Frame.Reality);

        Judge(_eye);
        Frame.Seen = _eye.Map.Project(Frame.SeenLatent);
        Frame.Expected = _eye.Map.Project(Frame.ExpectedLatent);
    }

    Span<float> Newest => _observation.AsSpan(LogoFrame.Length);

    // Two frames make the first observation.
    void Look()
    {
        _world.Render(_observation);
        _world.Step();
        _world.Render(Newest);
        (_jump, _mixed, _eye) = (false, false, null);
    }

    void Meet(LiveModel model)
    {
        _eye = model;
        model.Encode(_observation, Frame.SeenLatent);
        Frame.SeenLatent.CopyTo(_lastSeenLatent);
    }

    void Predict()
    {
        var deeper = Frame.DreamStep > 0;
        if (Dreaming) Frame.DreamStep++;
        (deeper ? Frame.ExpectedLatent : Frame.SeenLatent).CopyTo(_from);
        _eye!.Predict(_from, Frame.ExpectedLatent);
        if (Decoder) _eye.Decode(Frame.ExpectedLatent, Frame.Expectation);
        else Array.Clear(Frame.Expectation);
    }

    void Judge(LiveModel model)
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
