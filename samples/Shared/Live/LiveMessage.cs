using System.Text.Json;
using CommunityToolkit.HighPerformance.Buffers;

namespace TinyJepa.Samples;

/// <summary>The JSON messages from the server to a live page: objects with a <c>type</c>.</summary>
public static class LiveMessage
{
    /// <summary>Bytes of the longest message a page may send.</summary>
    public const int Longest = 1024;

    /// <summary>Writes a message.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="body">Writes the rest of the object.</param>
    /// <returns>UTF-8.</returns>
    public static byte[] Write(string type, Action<Utf8JsonWriter> body)
    {
        using var bytes = new ArrayPoolBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("type", type);
            body(json);
            json.WriteEndObject();
        }

        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>Why a message was refused.</summary>
    public static byte[] Error(string message) => Write("error", json => json.WriteString("message", message));

    /// <summary>A model: <c>{"type":"model", parameters, hash, same, recipe, seconds, step, steps}</c> and what only the sample's page shows.</summary>
    /// <param name="current">The model in use.</param>
    /// <param name="rest">Writes the sample's own properties.</param>
    public static byte[] Model<TPage>(Published<TPage> current, Action<Utf8JsonWriter>? rest = null) where TPage : PageModel
    {
        return Write("model", json =>
        {
            var model = current.Model;
            json.WriteNumber("parameters", model.Count);
            json.WriteString("hash", model.Hash);
            if (current.Same is { } same) json.WriteBoolean("same", same);
            else json.WriteNull("same");
            json.WriteString("recipe", model.RecipeName);
            json.WriteNumber("seconds", Math.Round(model.Seconds, 2));
            json.WriteNumber("step", model.Step);
            json.WriteNumber("steps", model.Steps);
            rest?.Invoke(json);
        });
    }

    /// <summary>How far a training is: <c>{"type":"training", running, failure, step, steps, decoder, loss, std, rate, left, curve}</c>.</summary>
    public static byte[] Training(LiveProgress progress)
    {
        return Write("training", json =>
        {
            json.WriteBoolean("running", progress.Running);
            json.WriteString("failure", progress.Failure);
            json.WriteNumber("step", progress.Step);
            json.WriteNumber("steps", progress.Steps);
            json.WriteBoolean("decoder", progress.Step > progress.ModelSteps);
            Short(json, "loss", progress.Loss);
            Short(json, "std", progress.Std);
            Short(json, "rate", progress.StepsPerSecond);
            Short(json, "left", progress.SecondsLeft);
            Short(json, "curve", progress.Curve.Select(loss => (double)loss));
        });
    }

    /// <summary>A number of four digits, which is all a page can show.</summary>
    /// <param name="json">Written to.</param>
    /// <param name="name">The property; null inside an array.</param>
    /// <param name="value">The number; null is written if it is not finite.</param>
    public static void Short(Utf8JsonWriter json, string? name, double value)
    {
        if (name is not null) json.WritePropertyName(name);
        if (double.IsFinite(value)) json.WriteRawValue(value.ToString("G4", System.Globalization.CultureInfo.InvariantCulture));
        else json.WriteNullValue();
    }

    /// <summary>An array of numbers of four digits.</summary>
    public static void Short(Utf8JsonWriter json, string name, IEnumerable<double> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values) Short(json, null, value);
        json.WriteEndArray();
    }
}
