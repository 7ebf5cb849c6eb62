using System.Net.WebSockets;

namespace TinyJepa.Samples.BouncingBall;

/// <summary>One tab's ball.</summary>
internal sealed class BallSession : ModelSession<LiveBall>
{
    const int RealTime = 20, SlowestFps = 2, FastestFps = 60;
    const int Cloud = FirstPlace, SingleCloud = FirstPlace + 1, Curves = FirstPlace + 2;

    readonly LiveBall _single;
    readonly IReadOnlyList<TrainedBall> _curves;
    readonly BallScene _scene;

    /// <param name="socket">The tab's.</param>
    /// <param name="trainer">The model that all tabs share.</param>
    /// <param name="single">Its companion of single frames, which no training changes.</param>
    /// <param name="curves">Models whose loss curves are known.</param>
    public BallSession(WebSocket socket, LiveTrainer<LiveBall> trainer, LiveBall single, IReadOnlyList<TrainedBall> curves)
        : base(socket, trainer, places: 3, RealTime, SlowestFps, FastestFps)
    {
        (_single, _curves) = (single, curves);
        _scene = new BallScene(Random.Shared.Next(), single);
    }

    protected override byte[] Tick()
    {
        var current = Trainer.Current;
        _scene.Tick(current.Model);
        return Wire.Frame(_scene, current.Generation);
    }

    protected override byte[] StateMessage() => Wire.State(Paused, _scene.Rests, Fps);

    protected override byte[] ModelMessage(Published<LiveBall> current) => Wire.Model(current, _single);

    protected override void PostModel(Published<LiveBall> current)
    {
        PostBinary(Cloud, Wire.Points(current.Model.Cloud, single: false, current.Generation));
        if (!IsFirstModel) return;
        PostBinary(SingleCloud, Wire.Points(_single.Cloud, single: true, current.Generation));
        PostText(Curves, Wire.Curves(_curves));
    }

    protected override string? ObeyOwn(LiveCommand command)
    {
        switch (command.Verb)
        {
            case "pause": Paused = command.On; return null;
            case "rests": _scene.Rests = command.On; return null;
            case "throw": _scene.Throw(); break;
            case "kick": _scene.Kick(); break;
            default: return NoSuchCommand;
        }

        ShowEvenIfPaused();
        return null;
    }
}
