using System.Buffers;
using System.Text.Json;

namespace TinyJepa.Samples;

/// <summary>The JSON messages between a live page and its server: an object that says what to <c>do</c>, an object that says its <c>type</c>.</summary>
public static class LiveMessage
{
    /// <summary>Bytes of the longest message a page may send.</summary>
    public const int Longest = 1024;

    /// <summary>What reads the rest of a command.</summary>
    /// <param name="verb">What to do.</param>
    /// <param name="message">The whole object.</param>
    /// <param name="command">The command.</param>
    /// <returns>Null, or one sentence on what is wrong.</returns>
    public delegate string? Reader<T>(string verb, JsonElement message, out T command);

    /// <summary>Reads one message.</summary>
    /// <param name="utf8">Whatever a client sent.</param>
    /// <param name="rest">Called if it is a flat object with a <c>do</c>.</param>
    /// <param name="command">What it asks for.</param>
    /// <returns>Null, or one sentence on what is wrong with the message.</returns>
    public static string? Read<T>(ReadOnlyMemory<byte> utf8, Reader<T> rest, out T command)
    {
        ArgumentNullException.ThrowIfNull(rest);
        command = default!;
        try
        {
            using var json = JsonDocument.Parse(utf8, new JsonDocumentOptions { MaxDepth = 2 });
            var message = json.RootElement;
            if (message.ValueKind != JsonValueKind.Object) return "A message must be one JSON object.";
            if (!message.TryGetProperty("do", out var verb) || verb.ValueKind != JsonValueKind.String) return "A message must say what to \"do\".";
            return rest(verb.GetString()!, message, out command);
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

    /// <summary>Reads <c>"on": true</c> or <c>false</c>.</summary>
    /// <returns>Null, or one sentence on what is wrong.</returns>
    public static string? Switch(JsonElement message, out bool on)
    {
        on = message.TryGetProperty("on", out var value) && value.ValueKind == JsonValueKind.True;
        return on || value.ValueKind == JsonValueKind.False ? null : "\"on\" must be true or false.";
    }

    /// <summary>Reads a whole number.</summary>
    /// <returns>Null, or one sentence on what is wrong.</returns>
    public static string? Count(JsonElement message, string name, int least, int most, out int number)
    {
        number = 0;
        return message.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number
            && value.TryGetInt32(out number) && number >= least && number <= most
            ? null : $"\"{name}\" must be a whole number from {least} to {most}.";
    }

    /// <summary>Writes a message.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="body">Writes the rest of the object.</param>
    /// <returns>UTF-8.</returns>
    public static byte[] Write(string type, Action<Utf8JsonWriter> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        var bytes = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("type", type);
            body(json);
            json.WriteEndObject();
        }

        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>A refusal.</summary>
    public static byte[] Error(string message) => Write("error", json => json.WriteString("message", message));

    /// <summary>How far a training is: <c>{"type":"training", running, failure, step, steps, drawing, loss, std, rate, left, curve}</c>.</summary>
    public static byte[] Training(LiveProgress progress)
    {
        ArgumentNullException.ThrowIfNull(progress);
        return Write("training", json =>
        {
            json.WriteBoolean("running", progress.Running);
            json.WriteString("failure", progress.Failure);
            json.WriteNumber("step", progress.Step);
            json.WriteNumber("steps", progress.Steps);
            json.WriteBoolean("drawing", progress.Step > progress.CurveSteps);
            Short(json, "loss", progress.Loss);
            Short(json, "std", progress.Std);
            Short(json, "rate", progress.StepsPerSecond);
            Short(json, "left", progress.SecondsLeft);
            json.WriteStartArray("curve");
            foreach (var loss in progress.Curve) Short(json, null, loss);
            json.WriteEndArray();
        });
    }

    /// <summary>Four digits are all a page can show; JSON has no word for a number that is not finite.</summary>
    /// <param name="json">Written to.</param>
    /// <param name="name">The property; null inside an array.</param>
    /// <param name="value">The number; null is written if it is not finite.</param>
    public static void Short(Utf8JsonWriter json, string? name, double value)
    {
        ArgumentNullException.ThrowIfNull(json);
        if (name is not null) json.WritePropertyName(name);
        if (double.IsFinite(value)) json.WriteRawValue(value.ToString("G4", System.Globalization.CultureInfo.InvariantCulture));
        else json.WriteNullValue();
    }
}
