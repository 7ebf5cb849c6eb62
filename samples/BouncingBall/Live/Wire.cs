using System.Buffers.Binary;

namespace TinyJepa.Samples.BouncingBall;

/// <summary>The language of the live page; this comment is its only description.</summary>
/// <remarks><code>
/// Everything is little-endian. The socket is /live; every tab has a ball of its own, all tabs share one model and one training.
///
/// page → server, text: one JSON object of at most 1,024 bytes
///   {"do":"pause","on":true}   {"do":"speed","fps":2…60}   {"do":"rests","on":true}
///   {"do":"throw"}   {"do":"kick"}   {"do":"train"}   {"do":"stop"}
/// page → server, binary: u32, the serial of the last frame that was drawn (see LiveSession)
///
/// server → page, text
///   {"type":"state", paused, rests, fps}
///   {"type":"model", parameters, hash, same, recipe, window, ahead, seconds, step, steps, position, velocity, singlePosition,
///     singleVelocity, deviations:[16], explained:[3], singleExplained:[3]}      position and velocity: R² on fresh films
///   {"type":"curves", curves:[{seed, losses:[epochs]}]}    of all models of the recipe that lie in the folder of results
///   {"type":"training", …}  {"type":"error", message}      see LiveMessage
/// server → page, binary
///   frame, 64 bytes, every tick:
///      0 u8 1 · 1 u8 kicked · 2 u16 model generation · 4 u32 frames since the throw · 8 u32 serial
///     12 f32 seen height · 16 f32 height · 20 f32 velocity · 24 f32 height read · 28 f32 velocity read
///     32 f32 height expected "ahead" frames later · 36 f32 velocity expected · 40 3 × f32 place in the cloud · 52 3 × f32 in that of single frames
///   cloud, with every new generation: 0 u8 2 · 1 u8 0 of windows, 1 of single frames · 2 u16 generation · 4 u16 count · 6 u16 0
///     then count × (3 × i16 place in 1/16384; u8 height in 1/100 m; u8 velocity + 8 m/s in 1/16)
/// </code></remarks>
internal static class Wire
{
    public const int FrameLength = 64;

    public static byte[] Frame(BallScene scene, int generation)
    {
        var bytes = new byte[FrameLength];
        var to = bytes.AsSpan();
        to[0] = 1;
        to[1] = scene.Kicked ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt16LittleEndian(to[2..], (ushort)generation);
        BinaryPrimitives.WriteUInt32LittleEndian(to[4..], (uint)scene.Time);
        var thought = scene.Thought;
        ReadOnlySpan<float> values =
        [
            scene.Seen, (float)scene.World.X, (float)scene.World.V, thought.X, thought.V, thought.LaterX, thought.LaterV,
            .. thought.Place, .. scene.SingleThought.Place,
        ];
        for (var i = 0; i < values.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(to[(12 + 4 * i)..], values[i]);
        return bytes;
    }

    public static byte[] Points(Cloud cloud, bool single, int generation)
    {
        var bytes = new byte[8 + 8 * cloud.Count];
        (bytes[0], bytes[1]) = (2, single ? (byte)1 : (byte)0);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2), (ushort)generation);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(4), (ushort)cloud.Count);
        for (var i = 0; i < cloud.Count; i++)
        {
            var to = bytes.AsSpan(8 + 8 * i);
            for (var axis = 0; axis < Cloud.Axes; axis++)
                BinaryPrimitives.WriteInt16LittleEndian(to[(2 * axis)..], (short)Math.Clamp(cloud.Places[i * Cloud.Axes + axis] * 16384, short.MinValue, short.MaxValue));
            to[6] = (byte)Math.Clamp(cloud.Labels[2 * i] * 100 + 0.5f, 0, 255);
            to[7] = (byte)Math.Clamp((cloud.Labels[2 * i + 1] + 8) * 16 + 0.5f, 0, 255);
        }

        return bytes;
    }

    public static byte[] State(bool paused, bool rests, int fps) => LiveMessage.Write("state", json =>
    {
        json.WriteBoolean("paused", paused);
        json.WriteBoolean("rests", rests);
        json.WriteNumber("fps", fps);
    });

    public static byte[] Model(LiveBall model, LiveBall single, bool? same) => LiveMessage.Write("model", json =>
    {
        json.WriteNumber("parameters", model.Count);
        json.WriteString("hash", model.Hash);
        if (same is { } answer) json.WriteBoolean("same", answer);
        else json.WriteNull("same");
        json.WriteString("recipe", model.Recipe.Name);
        json.WriteNumber("window", model.Recipe.Window);
        json.WriteNumber("ahead", model.Recipe.Ahead);
        json.WriteNumber("seconds", Math.Round(model.TrainSeconds, 2));
        json.WriteNumber("step", model.Step);
        json.WriteNumber("steps", model.Steps);
        LiveMessage.Short(json, "position", model.Reading.Position);
        LiveMessage.Short(json, "velocity", model.Reading.Velocity);
        LiveMessage.Short(json, "singlePosition", single.Reading.Position);
        LiveMessage.Short(json, "singleVelocity", single.Reading.Velocity);
        Numbers("deviations", model.Deviations);
        Numbers("explained", model.Cloud.Explained);
        Numbers("singleExplained", single.Cloud.Explained);

        void Numbers(string name, IEnumerable<double> values)
        {
            json.WriteStartArray(name);
            foreach (var value in values) LiveMessage.Short(json, null, value);
            json.WriteEndArray();
        }
    });

    public static byte[] Curves(IEnumerable<TrainedModel> models) => LiveMessage.Write("curves", json =>
    {
        json.WriteStartArray("curves");
        foreach (var model in models)
        {
            json.WriteStartObject();
            json.WriteNumber("seed", model.Seed);
            json.WriteStartArray("losses");
            foreach (var loss in model.Losses) LiveMessage.Short(json, null, loss);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });
}
