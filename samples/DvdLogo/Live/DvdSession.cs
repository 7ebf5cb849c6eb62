using System.Net.WebSockets;

namespace TinyJepa.Samples.DvdLogo;

/// <summary>One tab's world.</summary>
internal sealed class DvdSession(WebSocket socket, LiveTrainer<LiveModel> trainer)
    : ModelSession<LiveModel>(socket, trainer, places: 2, DefaultFps, SlowestFps, FastestFps)
{
    const int DefaultFps = 12, SlowestFps = 2, FastestFps = 60, ShortestDream = 5, LongestDream = 120;
    const int Map = FirstPlace, Strip = FirstPlace + 1;

    readonly LiveScene _scene = new(new NumPyRandom((uint)Random.Shared.Next()));

    protected override byte[] Tick()
    {
        var current = Trainer.Current;
        _scene.Tick(current.Model);
        return Wire.Frame(_scene.Frame, current.Generation);
    }

    protected override byte[] StateMessage() => Wire.State(Paused, _scene.Decoder, Fps);

    protected override byte[] ModelMessage(Published<LiveModel> current) => LiveMessage.Model(current);

    protected override void PostModel(Published<LiveModel> current)
    {
        PostBinary(Map, Wire.Map(current.Model.Map, current.Generation));
        PostBinary(Strip, Wire.Strip(current.Model.Strip, current.Generation));
    }

    protected override string? ObeyOwn(LiveCommand command)
    {
        switch (command.Verb)
        {
            case "pause": Paused = command.On; return null;
            case "decoder": _scene.Decoder = command.On; return null;
            case "wake": _scene.Wake(); return null;
            case "dream": return Dream(command.Number("steps", ShortestDream, LongestDream));
            case "new": _scene.NewWorld(); break;
            case "anomaly": _scene.Teleport(); break;
            default: return NoSuchCommand;
        }

        ShowEvenIfPaused();
        return null;
    }

    string? Dream(int steps)
    {
        if (_scene.Dreaming) return "It is dreaming already.";
        _scene.Dream(steps);
        Paused = false;
        return null;
    }
}
