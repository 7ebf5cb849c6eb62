namespace TinyJepa.Samples.BouncingBall;

/// <summary>One tab's ball and what the two models estimate, tick by tick.</summary>
internal sealed class BallScene
{
    const int Longest = 64;

    readonly Rng _rng;
    readonly LiveBall _single;
    readonly float[] _seen = new float[Longest];        // the newest last
    BallWorld _world = new();
    long _throws;
    bool _kick;

    /// <param name="seed">Decides throws and noise.</param>
    /// <param name="single">The model of single frames.</param>
    public BallScene(long seed, LiveBall single)
    {
        (_rng, _single) = (new Rng(seed), single);
        Throw();
    }

    /// <summary>Frames since the throw.</summary>
    public int Time { get; private set; }

    public BallWorld World => _world;

    /// <summary>The newest height as the models see it.</summary>
    public float Seen => _seen[^1];

    /// <summary>Whether the ball was hit before this frame.</summary>
    public bool Kicked { get; private set; }

    public Estimate Estimate { get; private set; }

    /// <summary>That of the model of single frames.</summary>
    public Estimate SingleEstimate { get; private set; }

    /// <summary>Whether a ball too slow to leave the floor lies still.</summary>
    public bool Rests
    {
        get => _world.Rests;
        set
        {
            var (x, v) = (_world.X, _world.V);
            _world = new BallWorld { Rests = value };
            _world.Start(x, v);
        }
    }

    /// <summary>Throws the ball again; estimates begin when the window is full.</summary>
    public void Throw()
    {
        _world.Start(_rng[_throws++]["start"]);
        Time = 0;
        foreach (ref var frame in _seen.AsSpan()) frame = 0;
        Look();
    }

    /// <summary>Hits the ball: no model can predict the new velocity.</summary>
    public void Kick()
    {
        _world.Start(_world.X, 3 + 4 * _rng.NextDouble());
        _kick = true;
    }

    /// <summary>Lets one frame's time pass.</summary>
    public void Tick(LiveBall model)
    {
        (Kicked, _kick) = (_kick, false);
        do
        {
            if (++Time >= Trajectories.Length) Throw();
            _world.Step();
            Look();
        }
        while (Time < model.Recipe.Window);
        var direction = (float)Math.Sign(_world.V);
        Estimate = model.Estimate(_seen.AsSpan()[^model.Recipe.Window..], direction);
        SingleEstimate = _single.Estimate(_seen.AsSpan()[^1..], direction);
    }

    void Look()
    {
        Span<float> noise = stackalloc float[1];
        _rng.FillNormal(noise);
        _seen.AsSpan(1).CopyTo(_seen);
        _seen[^1] = (float)(_world.X + BouncingBall.World.Noise * noise[0]);
    }
}
