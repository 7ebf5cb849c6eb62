using System.Buffers.Binary;
using System.Text;

namespace TinyJepa.Fuzz;

/// <summary>NumPy arrays by grammar: nearly right, with a wrong size, type or key now and then.</summary>
static class NpyMaker
{
    static readonly (string Name, int Bytes)[] s_types = [("'<f4'", 4), ("'>f4'", 4), ("'<f8'", 8), ("'<f2'", 2), ("'>i8'", 8), ("'|u1'", 1), ("'|b1'", 1), ("'=i2'", 2), ("'|O'", 8), ("'<U2'", 8), ("[('x', '<f4')]", 4), ("'<c8'", 8), ("''", 1)];

    internal static byte[] Make(Rng rng)
    {
        var (type, bytes) = s_types[rng.NextInt(rng.NextInt(4) == 0 ? s_types.Length : 8)];
        var sizes = new long[rng.NextInt(rng.NextInt(8) == 0 ? 9 : 4)];
        foreach (ref var size in sizes.AsSpan()) size = SafetensorsMaker.Often(rng) ? rng.NextInt(5) : SafetensorsMaker.Odd(rng);
        var shape = $"({string.Join(", ", sizes)}{(sizes.Length == 1 && SafetensorsMaker.Often(rng) ? "," : "")})";
        string[] fields = [$"'descr': {type}", $"'fortran_order': {(rng.NextInt(3) == 0 ? "True" : "False")}", $"'shape': {shape}"];
        if (!SafetensorsMaker.Often(rng)) rng.Shuffle(fields.AsSpan());
        if (!SafetensorsMaker.Often(rng)) fields[rng.NextInt(3)] = fields[rng.NextInt(3)];
        var text = $"{{{string.Join(", ", fields)}, }}".PadRight(rng.NextInt(128)) + "\n";
        var version = SafetensorsMaker.Often(rng) ? 1 + rng.NextInt(3) : rng.NextInt(256);
        var length = unchecked(sizes.Aggregate((long)bytes, (a, b) => a * b));
        var data = length is >= 0 and < 2048 ? (int)length + (SafetensorsMaker.Often(rng) ? 0 : 1) : rng.NextInt(64);
        var prefix = version == 1 ? 10 : 12;
        var file = new byte[prefix + text.Length + data];
        byte[] magic = [0x93, .. "NUMPY"u8, (byte)version, (byte)(SafetensorsMaker.Often(rng) ? 0 : 1)];
        magic.CopyTo(file, 0);
        var claimed = SafetensorsMaker.Often(rng) ? text.Length : SafetensorsMaker.Odd(rng);
        if (version == 1) BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(8), (ushort)claimed);
        else BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(8), (uint)claimed);
        Encoding.Latin1.GetBytes(text, file.AsSpan(prefix));
        for (var i = prefix + text.Length; i < file.Length; i++) file[i] = (byte)rng.NextInt(256);
        return file;
    }
}
