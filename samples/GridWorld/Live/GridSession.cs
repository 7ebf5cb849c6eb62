using System.Net.WebSockets;

namespace TinyJepa.Samples.GridWorld;

/// <summary>One tab's world. Time stands still unless the planner is on its way.</summary>
internal sealed class GridSession : LiveSession
{
    const int DefaultFps = 3;
    const int State = 1, Model = 2, Map = 3, Training = 4, Frame = 5;

    readonly LiveTrainer<LiveModel> _trainer;
    readonly LiveScene _scene;
    Published<LiveModel>? _told;
    LiveProgress? _reported;

    public GridSession(WebSocket socket, LiveTrainer<LiveModel> trainer) : base(socket, Frame, DefaultFps)
    {
        (_trainer, _scene) = (trainer, new LiveScene(trainer.Current.Model.Map));
        Paused = true;
    }

    protected override byte[] Tick()
    {
        var current = _trainer.Current;
        _scene.Tick(current.Model);
        Paused = !_scene.Going;
        return Wire.Frame(_scene, current.Generation);
    }

    protected override void PostState() => PostText(State, Wire.State(_trainer.Current.Model.Map, Fps));

    protected override void PostNews()
    {
        var (current, progress) = (_trainer.Current, _trainer.Progress);
        if (current != _told)
        {
            PostText(Model, Wire.Model(current.Model, current.Same));
            PostBinary(Map, Wire.Map(current.Model, current.Generation));
            lock (Gate)
                if (!_scene.Going) ShowNow();           // it imagines other futures now
        }

        if (progress != _reported) PostText(Training, LiveMessage.Training(progress));
        (_told, _reported) = (current, progress);
    }

    protected override string? Obey(ReadOnlyMemory<byte> utf8) => Command.Read(utf8, _trainer.Current.Model.Map.States, out var command) ?? Obey(command);

    string? Obey(Command command)
    {
        lock (Gate)
        {
            switch (command.Do)
            {
                case Command.Verb.Move: _scene.Step((Move)command.Number); break;
                case Command.Verb.Place: _scene.Place(command.Number); break;
                case Command.Verb.Goal: _scene.Aim(command.Number); break;
                case Command.Verb.Halt: _scene.Halt(); break;
                case Command.Verb.Speed: Fps = command.Number; break;
                case Command.Verb.Go when _scene.Agent == _scene.Goal: return "The agent is at its goal already: click another cell.";
                case Command.Verb.Go: _scene.Go(); break;
                case Command.Verb.Train: return _trainer.TryStart() ? null : "A training is running already; every tab shows it.";
                case Command.Verb.Stop: return _trainer.TryStop() ? null : "No training is running.";
            }

            Paused = !_scene.Going;
            PostState();
            ShowNow();
            return null;
        }
    }
}
