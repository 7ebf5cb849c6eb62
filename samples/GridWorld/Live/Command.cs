using System.Text.Json;

namespace TinyJepa.Samples.GridWorld;

/// <summary>What a page may ask for. <see cref="Wire"/> says how it is written.</summary>
/// <param name="Do">The verb.</param>
/// <param name="Number">A state, a move, or frames per second.</param>
internal readonly record struct Command(Command.Verb Do, int Number = 0)
{
    public const int SlowestFps = 1, FastestFps = 10;

    public enum Verb { Move, Place, Goal, Go, Halt, Speed, Train, Stop }

    /// <summary>Reads one message.</summary>
    /// <param name="utf8">Whatever a client sent.</param>
    /// <param name="states">How many states there are.</param>
    /// <param name="command">What it asks for.</param>
    /// <returns>Null, or one sentence on what is wrong with the message.</returns>
    public static string? Read(ReadOnlyMemory<byte> utf8, int states, out Command command) =>
        LiveMessage.Read(utf8, (string verb, JsonElement message, out Command read) => Read(verb, message, states, out read), out command);

    static string? Read(string verb, JsonElement message, int states, out Command command)
    {
        command = default;
        switch (verb)
        {
            case "go": return Plain(Verb.Go, out command);
            case "halt": return Plain(Verb.Halt, out command);
            case "train": return Plain(Verb.Train, out command);
            case "stop": return Plain(Verb.Stop, out command);
            case "move": return Count(message, Verb.Move, "move", 0, GridMap.Moves - 1, out command);
            case "place": return Count(message, Verb.Place, "state", 0, states - 1, out command);
            case "goal": return Count(message, Verb.Goal, "state", 0, states - 1, out command);
            case "speed": return Count(message, Verb.Speed, "fps", SlowestFps, FastestFps, out command);
            default: return "There is no such command.";
        }
    }

    static string? Plain(Verb verb, out Command command)
    {
        command = new Command(verb);
        return null;
    }

    static string? Count(JsonElement message, Verb verb, string name, int least, int most, out Command command)
    {
        var problem = LiveMessage.Count(message, name, least, most, out var number);
        command = new Command(verb, number);
        return problem;
    }
}
