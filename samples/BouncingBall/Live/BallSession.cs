using System.Net.WebSockets;

namespace TinyJepa.Samples.BouncingBall;

/// <summary>One tab's ball.</summary>
internal sealed class BallSession : LiveSession
{
    const int RealTime = 20;
    const int State = 1, Model = 2, Cloud = 3, SingleCloud = 4, Curves = 5, Training = 6, Frame = 7;

    readonly LiveTrainer<LiveBall> _trainer;
    readonly LiveBall _single;
    readonly IReadOnlyList<TrainedModel> _curves;
    readonly BallScene _scene;
    Published<LiveBall>? _told;
    LiveProgress? _reported;

    /// <param name="socket">The tab's.</param>
    /// <param name="trainer">The model that all tabs share.</param>
    /// <param name="single">Its companion of single frames, which stays as it is.</param>
    /// <param name="curves">Models whose loss curves are known.</param>
    public BallSession(WebSocket socket, LiveTrainer<LiveBall> trainer, LiveBall single, IReadOnlyList<TrainedModel> curves) : base(socket, Frame, RealTime)
    {
        (_trainer, _single, _curves) = (trainer, single, curves);
        _scene = new BallScene(Random.Shared.Next(), single);
    }

    protected override byte[] Tick()
    {
        var current = _trainer.Current;
        _scene.Tick(current.Model);
        return Wire.Frame(_scene, current.Generation);
    }

    protected override void PostState() => PostText(State, Wire.State(Paused, _scene.Rests, Fps));

    protected override void PostNews()
    {
        var (current, progress) = (_trainer.Current, _trainer.Progress);
        if (current != _told)
        {
            PostText(Model, Wire.Model(current.Model, _single, current.Same));
            PostBinary(Cloud, Wire.Points(current.Model.Cloud, single: false, current.Generation));
        }

        if (_told is null)
        {
            PostBinary(SingleCloud, Wire.Points(_single.Cloud, single: true, current.Generation));
            PostText(Curves, Wire.Curves(_curves));
        }

        if (progress != _reported) PostText(Training, LiveMessage.Training(progress));
        (_told, _reported) = (current, progress);
    }

    protected override string? Obey(ReadOnlyMemory<byte> utf8) => Command.Read(utf8, out var command) ?? Obey(command);

    string? Obey(Command command)
    {
        lock (Gate)
        {
            switch (command.Do)
            {
                case Command.Verb.Pause: Paused = command.On; break;
                case Command.Verb.Speed: Fps = command.Number; break;
                case Command.Verb.Rests: _scene.Rests = command.On; break;
                case Command.Verb.Throw: _scene.Throw(); break;
                case Command.Verb.Kick: _scene.Kick(); break;
                case Command.Verb.Train: return _trainer.TryStart() ? null : "A training is running already; every tab shows it.";
                case Command.Verb.Stop: return _trainer.TryStop() ? null : "No training is running.";
            }

            PostState();
            if (command.Do is Command.Verb.Throw or Command.Verb.Kick || !Paused) ShowNow();
            return null;
        }
    }
}
