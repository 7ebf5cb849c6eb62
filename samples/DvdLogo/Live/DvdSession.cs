using System.Net.WebSockets;

namespace TinyJepa.Samples.DvdLogo;

/// <summary>One tab's world.</summary>
internal sealed class DvdSession : LiveSession
{
    const int DefaultFps = 12;
    const int State = 1, Model = 2, Map = 3, Strip = 4, Training = 5, Frame = 6;

    readonly LiveTrainer<LiveModel> _trainer;
    readonly LiveScene _scene = new(new NumPyRandom((uint)Random.Shared.Next()));
    Published<LiveModel>? _told;
    LiveProgress? _reported;

    public DvdSession(WebSocket socket, LiveTrainer<LiveModel> trainer) : base(socket, Frame, DefaultFps) => _trainer = trainer;

    protected override byte[] Tick()
    {
        var current = _trainer.Current;
        _scene.Tick(current.Model);
        return Wire.Frame(_scene.Frame, current.Generation);
    }

    protected override void PostState() => PostText(State, Wire.State(Paused, _scene.Decoder, Fps));

    protected override void PostNews()
    {
        var (current, progress) = (_trainer.Current, _trainer.Progress);
        if (current != _told)
        {
            PostText(Model, Wire.Model(current.Model, current.Same));
            PostBinary(Map, Wire.Map(current.Model.Map, current.Generation));
            PostBinary(Strip, Wire.Strip(current.Model.Strip, current.Generation));
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
                case Command.Verb.Decoder: _scene.Decoder = command.On; break;
                case Command.Verb.NewWorld: _scene.NewWorld(); break;
                case Command.Verb.Anomaly: _scene.Teleport(); break;
                case Command.Verb.Wake: _scene.Wake(); break;
                case Command.Verb.Dream when _scene.Dreaming: return "It is dreaming already.";
                case Command.Verb.Dream: _scene.Dream(command.Number); Paused = false; break;
                case Command.Verb.Train: return _trainer.TryStart() ? null : "A training is running already; every tab shows it.";
                case Command.Verb.Stop: return _trainer.TryStop() ? null : "No training is running.";
            }

            PostState();
            if (command.Do is Command.Verb.NewWorld or Command.Verb.Anomaly || !Paused) ShowNow();
            return null;
        }
    }
}
