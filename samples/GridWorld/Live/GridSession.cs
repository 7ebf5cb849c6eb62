using System.Net.WebSockets;

namespace TinyJepa.Samples.GridWorld;

/// <summary>One tab's world. Time stands still unless the planner moves the agent.</summary>
internal sealed class GridSession : ModelSession<LiveModel>
{
    const int DefaultFps = 3, SlowestFps = 1, FastestFps = 10;
    const int Map = FirstPlace;

    readonly GridMap _map;
    readonly LiveScene _scene;

    public GridSession(WebSocket socket, LiveTrainer<LiveModel> trainer) : base(socket, trainer, places: 1, DefaultFps, SlowestFps, FastestFps)
    {
        _map = trainer.Current.Model.Map;
        _scene = new LiveScene(_map);
        Paused = true;
    }

    protected override byte[] Tick()
    {
        var current = Trainer.Current;
        _scene.Tick(current.Model);
        Paused = !_scene.Going;
        return Wire.Frame(_scene, current.Generation);
    }

    protected override byte[] StateMessage() => Wire.State(_map, Fps);

    protected override byte[] ModelMessage(Published<LiveModel> current) => Wire.Model(current);

    protected override void PostModel(Published<LiveModel> current)
    {
        PostBinary(Map, Wire.Map(current.Model, current.Generation));
        lock (Gate) ShowEvenIfPaused();           // the new model predicts other futures
    }

    protected override string? ObeyOwn(LiveCommand command)
    {
        switch (command.Verb)
        {
            case "move": _scene.Step((Move)command.Number("move", 0, GridMap.Moves - 1)); break;
            case "place": _scene.Place(command.Number("state", 0, _map.States - 1)); break;
            case "goal": _scene.Aim(command.Number("state", 0, _map.States - 1)); break;
            case "halt": _scene.Halt(); break;
            case "go" when _scene.Agent == _scene.Goal: return "The agent is at its goal already: click another cell.";
            case "go": _scene.Go(); break;
            default: return NoSuchCommand;
        }

        Paused = !_scene.Going;
        ShowEvenIfPaused();
        return null;
    }
}
