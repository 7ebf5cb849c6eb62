using System.Buffers.Binary;

namespace TinyJepa.Samples.DvdLogo;

/// <summary>The messages of the live page; this comment is their only description.</summary>
/// <remarks><code>
/// Everything is little-endian. The socket is /live; every tab has a world of its own, all tabs share one model and one training.
///
/// page → server, text: one JSON object of at most 1,024 bytes
///   {"do":"pause","on":true}      {"do":"speed","fps":2…60}     {"do":"new"}      {"do":"train"}
///   {"do":"decoder","on":false}   {"do":"dream","steps":5…120}  {"do":"anomaly"}  {"do":"stop"}     {"do":"wake"}
/// page → server, binary: u32, the serial of the last frame that was drawn. At most 12 frames are under way without
///   such a receipt; then the world waits. Frames are never queued for a page that is slow or hidden.
///
/// server → page, text
///   {"type":"state", paused, decoder, fps}
///   {"type":"model", parameters, hash, same, recipe, seconds, step, steps}
///        same: a completed retraining gave the bits of the first model (true), other bits (false), or does not apply (null)
///   {"type":"training", running, failure, step, steps, decoder, loss, std, rate, left, curve:[at most 120 numbers or null]}
///        decoder: the steps of the model are done, those of the decoder are not; the curve is that of the model
///   {"type":"error", message}     one per refused message; the session goes on
/// server → page, binary
///   frame, 808 bytes, every tick:
///      0 u8 1 · 1 u8 flags (see <see cref="Flags"/>) · 2 u16 dream step · 4 u16 dream steps · 6 u16 model generation
///      8 u32 serial · 12 f32 surprise · 16 f32 usual · 20 f32 threshold
///     24 f32 x, y of what was seen · 32 f32 x, y of what was expected      (places on the map, about −1…1)
///     40 32 × f32 latent seen · 168 32 × f32 latent expected · 296 256 × u8 reality · 552 256 × u8 expectation
///     surprise and its two companions compare pixels with the decoder on, latents with it off. In a dream "surprise" is the
///     distance of the dream from reality, and "usual" the distance of the last frame seen before it.
///   map, with every new generation: 0 u8 2 · 1 u8 0 · 2 u16 generation · 4 u16 count · 6 u16 0
///     then count × (i16 x, i16 y in 1/16384; u8 column, u8 row of the true place in 1/255 of the box)
///   strip, with every new generation: 0 u8 3 · 1 u8 count · 2 u16 generation · 4 f32 dream's error · 8 f32 error of holding still
///     then count × u16 step, count × 256 × u8 reality, count × 256 × u8 dream
/// </code></remarks>
internal static class Wire
{
    public const int FrameLength = 808;

    [Flags]
    public enum Flags : byte
    {
        None = 0,
        Dreaming = 1,
        Decoder = 2,
        Alarm = 4,

        /// <summary>This frame shows the logo at the place it was teleported to.</summary>
        Jump = 8,

        /// <summary>The expectation was made from a pair of frames with the jump between them: one old, one new.</summary>
        Mixed = 16,
    }

    public static byte[] Frame(LiveFrame frame, int generation)
    {
        var bytes = new byte[FrameLength];
        var to = bytes.AsSpan();
        to[0] = 1;
        to[1] = (byte)frame.Flags;
        BinaryPrimitives.WriteUInt16LittleEndian(to[2..], (ushort)frame.DreamStep);
        BinaryPrimitives.WriteUInt16LittleEndian(to[4..], (ushort)frame.DreamSteps);
        BinaryPrimitives.WriteUInt16LittleEndian(to[6..], (ushort)generation);
        Floats(to[12..], [frame.Surprise, frame.Usual, frame.Threshold, frame.Seen.X, frame.Seen.Y, frame.Expected.X, frame.Expected.Y]);
        Floats(to[40..], frame.SeenLatent);
        Floats(to[168..], frame.ExpectedLatent);
        Pixels(to[296..], frame.Reality);
        Pixels(to[552..], frame.Expectation);
        return bytes;
    }

    public static byte[] Map(LatentMap map, int generation)
    {
        var cloud = map.Cloud;
        var bytes = new byte[8 + 6 * cloud.Length];
        bytes[0] = 2;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2), (ushort)generation);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(4), (ushort)cloud.Length);
        for (var i = 0; i < cloud.Length; i++)
        {
            var to = bytes.AsSpan(8 + 6 * i);
            BinaryPrimitives.WriteInt16LittleEndian(to, (short)Math.Clamp(cloud[i].X * 16384, short.MinValue, short.MaxValue));
            BinaryPrimitives.WriteInt16LittleEndian(to[2..], (short)Math.Clamp(cloud[i].Y * 16384, short.MinValue, short.MaxValue));
            to[4] = Byte(LatentMap.Places[i].X / (LogoFrame.Side - 1));
            to[5] = Byte(LatentMap.Places[i].Y / (LogoFrame.Side - 1));
        }

        return bytes;
    }

    public static byte[] Strip(DreamStrip strip, int generation)
    {
        var count = DreamStrip.Steps.Length;
        var bytes = new byte[12 + count * (2 + 2 * LogoFrame.Length)];
        var to = bytes.AsSpan();
        to[0] = 3;
        to[1] = (byte)count;
        BinaryPrimitives.WriteUInt16LittleEndian(to[2..], (ushort)generation);
        Floats(to[4..], [strip.Error, strip.StillError]);
        for (var i = 0; i < count; i++) BinaryPrimitives.WriteUInt16LittleEndian(to[(12 + 2 * i)..], (ushort)DreamStrip.Steps[i]);
        Pixels(to[(12 + 2 * count)..], strip.Reality);
        Pixels(to[(12 + count * (2 + LogoFrame.Length))..], strip.Dream);
        return bytes;
    }

    public static byte[] State(bool paused, bool decoder, int fps) => LiveMessage.Write("state", json =>
    {
        json.WriteBoolean("paused", paused);
        json.WriteBoolean("decoder", decoder);
        json.WriteNumber("fps", fps);
    });

    static void Floats(Span<byte> to, ReadOnlySpan<float> values)
    {
        for (var i = 0; i < values.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(to[(4 * i)..], values[i]);
    }

    static void Pixels(Span<byte> to, ReadOnlySpan<float> values)
    {
        for (var i = 0; i < values.Length; i++) to[i] = Byte(values[i]);
    }

    static byte Byte(float value) => (byte)(Math.Clamp(value, 0, 1) * 255 + 0.5f);
}
