using System.Text.Encodings.Web;
using System.Text.Json;

namespace TinyJepa.Samples.Embed;

/// <summary>
/// All that is read or written as JSON, token by token: nothing looks at types at run time, so trimming loses nothing, and what is published is
/// 0.2 MB smaller than with a generated serializer.
/// </summary>
internal static class Wire
{
    delegate void Writing<T>(Utf8JsonWriter json, T value);

    // What is sent is JSON and nothing else, so quotes and dots need no escapes.
    static readonly JsonWriterOptions s_plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads <c>{"frames": [[…], …]}</c>; a frame of one number may stand without its brackets.</summary>
    /// <exception cref="InvalidDataException">It is none; the message says why.</exception>
    public static Frames Request(ReadOnlySpan<byte> utf8)
    {
        try
        {
            var json = new Utf8JsonReader(utf8);
            Frames? frames = null;
            Expect(ref json, JsonTokenType.StartObject, "the request is no object");
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                if (!json.ValueTextEquals("frames"u8)) throw Not($"the request has '{Shown(json.GetString())}', which means nothing");
                if (frames is not null) throw Not("'frames' is given twice");
                frames = FramesOf(ref json);
            }

            json.Read();                                     // there must be nothing but spaces behind it
            return frames ?? throw Not("'frames' is missing");
        }
        catch (JsonException error)
        {
            throw Not($"it is broken in line {error.LineNumber + 1} at byte {error.BytePositionInLine + 1}");
        }
        catch (InvalidOperationException)
        {
            throw Not("a name is not valid UTF-8");
        }
    }

    /// <summary>What <see cref="Request"/> reads.</summary>
    public static byte[] Question(Frames frames) => Object(frames, static (json, it) =>
    {
        json.WriteStartArray("frames"u8);
        for (var i = 0; i < it.Values.Length; i++)
        {
            if (i % it.Width == 0) json.WriteStartArray();
            json.WriteNumberValue(it.Values[i]);
            if (i % it.Width == it.Width - 1) json.WriteEndArray();
        }

        json.WriteEndArray();
    });

    /// <summary>What the model makes of some frames.</summary>
    public static byte[] Prediction(Prediction prediction) => Object(prediction, static (json, it) =>
    {
        json.WriteNumber("frame"u8, it.Frame);
        Numbers(json, "latent"u8, it.Latent);
        Numbers(json, "expected"u8, it.Expected);
        json.WriteNumber("firstJudged"u8, it.FirstJudged);
        Numbers(json, "surprise"u8, it.Surprise);
        if (it.Peak is not { } peak) return;
        json.WriteStartObject("peak"u8);
        json.WriteNumber("frame"u8, peak.Frame);
        json.WriteNumber("surprise"u8, peak.Surprise);
        json.WriteNumber("overMedian"u8, peak.OverMedian);
        json.WriteEndObject();
    });

    /// <summary>That the server lives, and what it serves.</summary>
    public static byte[] Health(string name, WorldModel model) => Object((name, model), static (json, it) =>
    {
        json.WriteString("model"u8, it.name);
        json.WriteNumber("parameters"u8, it.model.Parameters.Count);
        json.WriteNumber("window"u8, it.model.Window);
        json.WriteNumber("ahead"u8, it.model.Ahead);
        json.WriteNumber("width"u8, it.model.Width);
        json.WriteNumber("latent"u8, it.model.Latent);
    });

    /// <summary>Why nothing came out.</summary>
    public static byte[] Failure(string sentence) => Object(sentence, static (json, it) => json.WriteString("error"u8, it));

    /// <summary>A list of frames, each a list of numbers or a number, straight into one array: a million numbers are no million objects.</summary>
    static Frames FramesOf(ref Utf8JsonReader json)
    {
        Expect(ref json, JsonTokenType.StartArray, "'frames' is no list");
        var (values, count, width) = (new List<float>(), 0, 0);
        for (; json.Read() && json.TokenType != JsonTokenType.EndArray; count++)
        {
            var before = values.Count;
            if (json.TokenType != JsonTokenType.StartArray) values.Add(Number(ref json, count));
            else
                while (json.Read() && json.TokenType != JsonTokenType.EndArray) values.Add(Number(ref json, count));

            if (count == 0) width = values.Count;
            else if (values.Count - before != width) throw new InvalidDataException(
                $"Frame {count} has the shape [{values.Count - before}] and frame 0 the shape [{width}]; all frames must be alike.");
        }

        return Frames.Of([.. values], count, width);
    }

    static float Number(ref Utf8JsonReader json, int frame) => json.TokenType == JsonTokenType.Number && json.TryGetSingle(out var value) ? value
        : throw Not($"frame {frame} holds something that is no number");

    static void Expect(ref Utf8JsonReader json, JsonTokenType type, string otherwise)
    {
        if (!json.Read() || json.TokenType != type) throw Not(otherwise);
    }

    static InvalidDataException Not(string why) => new($"The request is not {{\"frames\": [[…], …]}}: {why}.");

    static string Shown(string? name) => name is { Length: > 40 } ? $"{name[..40]}…" : name ?? "";

    static void Numbers(Utf8JsonWriter json, ReadOnlySpan<byte> name, float[] values)
    {
        json.WriteStartArray(name);
        foreach (var value in values) json.WriteNumberValue(value);
        json.WriteEndArray();
    }

    static byte[] Object<T>(T value, Writing<T> write)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, s_plain))
        {
            json.WriteStartObject();
            write(json, value);
            json.WriteEndObject();
        }

        return stream.ToArray();
    }
}
