using System.Text.Json;

namespace TinyJepa.Samples.BouncingBall;

/// <summary>What a page may ask for. <see cref="Wire"/> says how it is written.</summary>
/// <param name="Do">The verb.</param>
/// <param name="On">For pause and rests.</param>
/// <param name="Number">Frames per second.</param>
internal readonly record struct Command(Command.Verb Do, bool On = false, int Number = 0)
{
    public const int SlowestFps = 2, FastestFps = 60;

    public enum Verb { Pause, Speed, Rests, Throw, Kick, Train, Stop }

    /// <summary>Reads one message.</summary>
    /// <param name="utf8">Whatever a client sent.</param>
    /// <param name="command">What it asks for.</param>
    /// <returns>Null, or one sentence on what is wrong with the message.</returns>
    public static string? Read(ReadOnlyMemory<byte> utf8, out Command command) => LiveMessage.Read(utf8, Read, out command);

    static string? Read(string verb, JsonElement message, out Command command)
    {
        string? problem = null;
        var (on, number) = (false, 0);
        Verb? what = verb switch
        {
            "pause" => Verb.Pause, "speed" => Verb.Speed, "rests" => Verb.Rests, "throw" => Verb.Throw, "kick" => Verb.Kick, "train" => Verb.Train, "stop" => Verb.Stop,
            _ => null,
        };
        if (what is Verb.Pause or Verb.Rests) problem = LiveMessage.Switch(message, out on);
        else if (what == Verb.Speed) problem = LiveMessage.Count(message, "fps", SlowestFps, FastestFps, out number);
        command = new Command(what ?? Verb.Stop, on, number);
        return what is null ? "There is no such command." : problem;
    }
}
