using System.Text.Json;

namespace TinyJepa.Samples.DvdLogo;

/// <summary>What a page may ask for. <see cref="Wire"/> says how it is written.</summary>
/// <param name="Do">The verb.</param>
/// <param name="On">For pause and decoder.</param>
/// <param name="Number">Steps of a dream, or frames per second.</param>
internal readonly record struct Command(Command.Verb Do, bool On = false, int Number = 0)
{
    public const int SlowestFps = 2, FastestFps = 60, ShortestDream = 5, LongestDream = 120;

    public enum Verb { Pause, Speed, NewWorld, Anomaly, Dream, Wake, Decoder, Train, Stop }

    /// <summary>Reads one message.</summary>
    /// <param name="utf8">Whatever a client sent.</param>
    /// <param name="command">What it asks for.</param>
    /// <returns>Null, or one sentence on what is wrong with the message.</returns>
    public static string? Read(ReadOnlyMemory<byte> utf8, out Command command) => LiveMessage.Read(utf8, Read, out command);

    static string? Read(string verb, JsonElement message, out Command command)
    {
        command = default;
        switch (verb)
        {
            case "new": return Plain(Verb.NewWorld, out command);
            case "anomaly": return Plain(Verb.Anomaly, out command);
            case "wake": return Plain(Verb.Wake, out command);
            case "train": return Plain(Verb.Train, out command);
            case "stop": return Plain(Verb.Stop, out command);
            case "pause": return Switch(message, Verb.Pause, out command);
            case "decoder": return Switch(message, Verb.Decoder, out command);
            case "speed": return Count(message, Verb.Speed, "fps", SlowestFps, FastestFps, out command);
            case "dream": return Count(message, Verb.Dream, "steps", ShortestDream, LongestDream, out command);
            default: return "There is no such command.";
        }
    }

    static string? Plain(Verb verb, out Command command)
    {
        command = new Command(verb);
        return null;
    }

    static string? Switch(JsonElement message, Verb verb, out Command command)
    {
        var problem = LiveMessage.Switch(message, out var on);
        command = new Command(verb, On: on);
        return problem;
    }

    static string? Count(JsonElement message, Verb verb, string name, int least, int most, out Command command)
    {
        var problem = LiveMessage.Count(message, name, least, most, out var number);
        command = new Command(verb, Number: number);
        return problem;
    }
}
