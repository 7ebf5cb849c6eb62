using TinyJepa.IO;

namespace TinyJepa.Samples.Embed;

/// <summary>What is seen: <paramref name="Count"/> frames of <paramref name="Width"/> finite numbers, one after the other.</summary>
internal sealed record Frames(float[] Values, int Count, int Width)
{
    const byte NpyMagic = 0x93;

    /// <summary>Reads frames from a <c>.npy</c> file of shape [n] or [n, width], or a request; the first byte tells which.</summary>
    /// <exception cref="InvalidDataException">It is neither; the message says why.</exception>
    public static Frames Read(ReadOnlyMemory<byte> bytes, string name)
    {
        if (bytes.Length > 0 && bytes.Span[0] != NpyMagic) return Wire.Request(bytes.Span);
        using var scope = Scope.Begin();
        var read = Npy.Read(bytes, convert: true);
        var shape = read.Shape;
        if (shape.Rank is not (1 or 2)) throw new InvalidDataException($"{name} has the shape {shape}; frames have the shape [n, width], or [n] if a frame is one number.");
        return Of(read.ToArray(), shape[0], shape.Rank == 2 ? shape[1] : 1);
    }

    /// <exception cref="InvalidDataException">A number is not finite.</exception>
    public static Frames Of(float[] values, int count, int width)
    {
        var bad = values.AsSpan().IndexOfAnyExceptInRange(float.MinValue, float.MaxValue);
        return bad < 0 ? new Frames(values, count, width)
            : throw new InvalidDataException($"Frame {bad / width} holds {(float.IsNaN(values[bad]) ? "NaN" : "an infinite number")}; frames are finite numbers.");
    }
}
