using System.Buffers.Binary;

namespace TinyJepa.Samples.BouncingBall;

/// <summary>The messages of the live page; this comment is their only description.</summary>
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
///   {"type":"model", parameters, hash, same, recipe, seconds, step, steps, window, ahead, position, velocity, singlePosition,
///     singleVelocity, stds:[16], explained:[3], singleExplained:[3]}      position and velocity: R² on fresh trajectories
///   {"type":"curves", curves:[{seed, losses:[epochs]}]}    of all models of the recipe that lie in the folder of results
///   {"type":"training", …}  {"type":"error", message}      see LiveMessage
/// server → page, binary
///   frame, 64 bytes, every tick:
///      0 u8 1 · 1 u8 kicked · 2 u16 model generation · 4 u32 frames since the throw · 8 u32 serial
///     12 f32 observed height · 16 f32 height · 20 f32 velocity · 24 f32 probed height · 28 f32 probed velocity
///     32 f32 height predicted "ahead" frames later · 36 f32 velocity predicted · 40 3 × f32 place in the cloud · 52 3 × f32 in that of single frames
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
        var estimate = scene.Estimate;
        ReadOnlySpan<float> values =
        [
            scene.Seen, (float)scene.World.X, (float)scene.World.V, estimate.X, estimate.V, estimate.LaterX, estimate.LaterV,
            .. estimate.Place, .. scene.SingleEstimate.Place,
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

    public static byte[] Model(Published<LiveBall> current, LiveBall single) => LiveMessage.Model(current, json =>
    {
        var model = current.Model;
        json.WriteNumber("window", model.Recipe.Window);
        json.WriteNumber("ahead", model.Recipe.Ahead);
        LiveMessage.Short(json, "position", model.R2.Position);
        LiveMessage.Short(json, "velocity", model.R2.Velocity);
        LiveMessage.Short(json, "singlePosition", single.R2.Position);
        LiveMessage.Short(json, "singleVelocity", single.R2.Velocity);
        LiveMessage.Short(json, "stds", model.Stds);
        LiveMessage.Short(json, "explained", model.Cloud.Explained);
        LiveMessage.Short(json, "singleExplained", single.Cloud.Explained);
    });

    public static byte[] Curves(IEnumerable<TrainedBall> models) => LiveMessage.Write("curves", json =>
    {
        json.WriteStartArray("curves");
        foreach (var model in models)
        {
            json.WriteStartObject();
            json.WriteNumber("seed", model.Seed);
            LiveMessage.Short(json, "losses", model.Curves.Loss);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });
}
