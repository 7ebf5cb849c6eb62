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
    public static string? Read(ReadOnlyMemory<byte> utf8, out Command command)
    {
        command = default;
        try
        {
            using var json = JsonDocument.Parse(utf8, new JsonDocumentOptions { MaxDepth = 2 });
            return Read(json.RootElement, out command);
        }
        catch (JsonException)
        {
            return "A message must be one JSON object.";
        }
        catch (InvalidOperationException)       // half a surrogate pair is found out only when it is read
        {
            return "A message must be plain text.";
        }
    }

    static string? Read(JsonElement message, out Command command)
    {
        command = default;
        if (message.ValueKind != JsonValueKind.Object) return "A message must be one JSON object.";
        if (!message.TryGetProperty("do", out var verb) || verb.ValueKind != JsonValueKind.String)
            return "A message must say what to \"do\".";

        switch (verb.GetString())
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
        command = default;
        if (!message.TryGetProperty("on", out var on) || on.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            return "\"on\" must be true or false.";

        command = new Command(verb, On: on.GetBoolean());
        return null;
    }

    static string? Count(JsonElement message, Verb verb, string name, int least, int most, out Command command)
    {
        command = default;
        if (!message.TryGetProperty(name, out var value) || value.ValueKind != JsonValueKind.Number
            || !value.TryGetInt32(out var number) || number < least || number > most)
            return $"\"{name}\" must be a whole number from {least} to {most}.";

        command = new Command(verb, Number: number);
        return null;
    }
}
