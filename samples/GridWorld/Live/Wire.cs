using System.Buffers.Binary;

namespace TinyJepa.Samples.GridWorld;

/// <summary>The messages of the live page; this comment is their only description.</summary>
/// <remarks><code>
/// Everything is little-endian. The socket is /live; every tab has a world of its own, all tabs share one model and one training.
///
/// page → server, text: one JSON object of at most 1,024 bytes
///   {"do":"move","move":0…3}   {"do":"place","state":0…24}   {"do":"goal","state":0…24}   {"do":"speed","fps":1…10}
///   {"do":"go"}   {"do":"halt"}   {"do":"train"}   {"do":"stop"}            moves: 0 up, 1 down, 2 left, 3 right
/// page → server, binary: u32, the serial of the last frame that was drawn
///
/// server → page, text
///   {"type":"state", side, fps}
///   {"type":"model", parameters, hash, same, recipe, seconds, step, steps, leaveOut, firstTwo, right, transitions, solved, optimal, pairs}
///        same: a completed retraining gave the bits of the first model (true), other bits (false), or does not apply (null)
///   {"type":"training", …}        see LiveMessage.Training
///   {"type":"error", message}     one per refused message; the session goes on
/// server → page, binary
///   frame, 16,448 bytes, whenever something moved or a new model is in use:
///      0 u8 1 · 1 u8 agent · 2 u8 goal · 3 u8 flags (1 going, 2 arrived, 4 blocked) · 4 u16 generation · 6 u8 last move, 255 none · 7 u8 chosen move
///      8 u32 serial · 12 u16 moves made · 14 u16 shortest path · 16 4 × (f32 column, f32 row, f32 distance): where each move is imagined to lead
///     64 128·128 × u8 the picture that the model sees
///   map, with every new generation: 0 u8 2 · 1 u8 states · 2 u16 generation · 4 states × (f32 x, f32 y): latents along two directions
/// </code></remarks>
internal static class Wire
{
    public const int FrameLength = 64 + GridPicture.Length;

    public static byte[] Frame(LiveScene scene, int generation)
    {
        var bytes = new byte[FrameLength];
        var to = bytes.AsSpan();
        to[0] = 1;
        to[1] = (byte)scene.Agent;
        to[2] = (byte)scene.Goal;
        to[3] = (byte)((scene.Going ? 1 : 0) | (scene.Agent == scene.Goal ? 2 : 0) | (scene.Blocked ? 4 : 0));
        BinaryPrimitives.WriteUInt16LittleEndian(to[4..], (ushort)generation);
        to[6] = (byte)scene.LastMove;
        to[7] = (byte)scene.Chosen;
        BinaryPrimitives.WriteUInt16LittleEndian(to[12..], (ushort)Math.Min(scene.Moves, ushort.MaxValue));
        BinaryPrimitives.WriteUInt16LittleEndian(to[14..], (ushort)scene.Shortest);
        for (var move = 0; move < GridMap.Moves; move++)
        {
            var future = scene.Futures[move];
            BinaryPrimitives.WriteSingleLittleEndian(to[(16 + 12 * move)..], future.Column);
            BinaryPrimitives.WriteSingleLittleEndian(to[(20 + 12 * move)..], future.Row);
            BinaryPrimitives.WriteSingleLittleEndian(to[(24 + 12 * move)..], future.Distance);
        }

        var at = 64;
        foreach (var pixel in scene.Picture) to[at++] = (byte)(pixel * 255 + 0.5f);
        return bytes;
    }

    public static byte[] Map(LiveModel model, int generation)
    {
        var bytes = new byte[4 + 4 * model.Plane.Length];
        bytes[0] = 2;
        bytes[1] = (byte)model.Map.States;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2), (ushort)generation);
        for (var i = 0; i < model.Plane.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(4 + 4 * i), model.Plane[i]);
        return bytes;
    }

    public static byte[] State(GridMap map, int fps) => LiveMessage.Write("state", json =>
    {
        json.WriteNumber("side", map.Side);
        json.WriteNumber("fps", fps);
    });

    public static byte[] Model(Published<LiveModel> current) => LiveMessage.Model(current, json =>
    {
        var model = current.Model;
        LiveMessage.Short(json, "leaveOut", model.LeaveOneOut);
        LiveMessage.Short(json, "firstTwo", model.FirstTwo);
        json.WriteNumber("right", model.Right.Right);
        json.WriteNumber("transitions", model.Right.All);
        json.WriteNumber("solved", model.Solved.AllSolved);
        json.WriteNumber("optimal", model.Solved.AllOptimal);
        json.WriteNumber("pairs", model.Solved.AllPairs);
    });
}
