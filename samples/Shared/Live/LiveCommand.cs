using System.Text.Json;

namespace TinyJepa.Samples;

/// <summary>A command of a page: a JSON object whose <c>do</c> names it.</summary>
/// <param name="Verb">What to do.</param>
/// <param name="Message">The whole object.</param>
public readonly record struct LiveCommand(string Verb, JsonElement Message)
{
    /// <summary>The argument <c>"on"</c>: true or false.</summary>
    /// <exception cref="FormatException">It is missing or something else.</exception>
    public bool On => Message.TryGetProperty("on", out var value) && value.ValueKind is JsonValueKind.True or JsonValueKind.False
        ? value.GetBoolean() : throw new FormatException("\"on\" must be true or false.");

    /// <summary>A whole number.</summary>
    /// <exception cref="FormatException">It is missing, something else or out of range.</exception>
    public int Number(string name, int least, int most) =>
        Message.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number
        && value.TryGetInt32(out var number) && number >= least && number <= most
            ? number : throw new FormatException($"\"{name}\" must be a whole number from {least} to {most}.");

    /// <summary>Carries out a message of a page.</summary>
    /// <param name="utf8">Whatever a client sent.</param>
    /// <param name="obey">Called if it is a flat object with a <c>do</c>; returns null, or one sentence on why the command is refused.</param>
    /// <returns>Null, or one sentence on what is wrong with the message.</returns>
    public static string? Obey(ReadOnlyMemory<byte> utf8, Func<LiveCommand, string?> obey)
    {
        try
        {
            using var json = JsonDocument.Parse(utf8, new JsonDocumentOptions { MaxDepth = 2 });
            var message = json.RootElement;
            if (message.ValueKind != JsonValueKind.Object) return "A message must be one JSON object.";
            if (!message.TryGetProperty("do", out var verb) || verb.ValueKind != JsonValueKind.String) return "A message must say what to \"do\".";
            return obey(new LiveCommand(verb.GetString()!, message));
        }
        catch (JsonException)
        {
            return "A message must be one JSON object.";
        }
        catch (InvalidOperationException)       // half a surrogate pair is found out only when it is read
        {
            return "A message must be plain text.";
        }
        catch (FormatException wrong)
        {
            return wrong.Message;
        }
    }
}
