using System.Buffers.Binary;
using System.Text;

namespace TinyJepa.Fuzz;

/// <summary>Changes a file a little: bits, bytes, numbers made extreme, pieces removed, doubled, moved, or taken from another file.</summary>
sealed class Mutator(Rng rng)
{
    static readonly long[] s_numbers = [0, 1, -1, 2, 7, 8, 16, 64, 100, 127, 128, 255, 256, 4096, 32767, 32768, 65535, 65536, int.MaxValue, int.MinValue, uint.MaxValue, 1L << 32, 1L << 62, long.MaxValue, long.MinValue];

    static readonly byte[][] s_pieces = [.. new[]
    {
        "\"", "{", "}", "[", "]", ",", ":", "-", "0", "9223372036854775807", "1e9", "null", "true", "\\u0000", "\"F64\"", "\"F16\"", "\"BOOL\"", "__metadata__", "\"shape\":[0]", "\"data_offsets\":[0,0]",
        "(", ")", "'", "'<f4'", "'>f8'", "'|O'", "True", "False", "'descr': ", "'shape': ", "4294967296,", "PK\u0001\u0002", "PK\u0003\u0004", "PK\u0005\u0006", "PK\u0006\u0006", "PK\u0006\u0007", "data.pkl", "data/0", "../",
        ".npy", "ccollections\nOrderedDict\n", "ctorch._utils\n_rebuild_tensor_v2\n", "ctorch\nHalfStorage\n", "ctorch\nSize\n", "cos\nsystem\n", "X\u0004\u0000\u0000\u0000abcd", "K\u0001", "N", "}", "]", "t", "R", "b", "s", "u", "a", "e", "Q", "q\u0000", "h\u0000", ".",
    }.Select(Encoding.Latin1.GetBytes)];

    readonly List<byte> _bytes = [];

    internal byte[] Mutate(byte[] file, byte[] other)
    {
        _bytes.Clear();
        _bytes.AddRange(file);
        for (var n = 1 + rng.NextInt(rng.NextInt(4) == 0 ? 8 : 2); n > 0; n--) Once(other);
        return [.. _bytes];
    }

    void Once(byte[] other)
    {
        var at = rng.NextInt(_bytes.Count + 1);
        var rest = _bytes.Count - at;
        switch (rng.NextInt(10))
        {
            case 0 when rest > 0: _bytes[at] ^= (byte)(1 << rng.NextInt(8)); break;
            case 1 when rest > 0: _bytes[at] = (byte)rng.NextInt(256); break;
            case 2: _bytes.RemoveRange(at, Math.Min(1 + rng.NextInt(16), rest)); break;
            case 3: _bytes.InsertRange(at, Piece()); break;
            case 4: Write(at, Piece()); break;
            case 5: _bytes.InsertRange(at, _bytes.GetRange(at, Math.Min(1 + rng.NextInt(60), rest))); break;
            case 6 or 7: Write(at, Number()); break;
            case 8 when other.Length > 0:
                var from = rng.NextInt(other.Length);
                Write(at, other.AsSpan(from, Math.Min(1 + rng.NextInt(64), other.Length - from)));
                break;
            case 9 when rng.NextInt(4) == 0: _bytes.RemoveRange(at, rest); break;
            default: if (rest > 0) _bytes[at]++; break;
        }
    }

    byte[] Piece() => s_pieces[rng.NextInt(s_pieces.Length)];

    byte[] Number()
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, s_numbers[rng.NextInt(s_numbers.Length)] + (rng.NextInt(3) == 0 ? rng.NextInt(5) - 2 : 0));
        return bytes[..(1 << rng.NextInt(4))];
    }

    void Write(int at, ReadOnlySpan<byte> piece)
    {
        for (var i = 0; i < piece.Length && at + i < _bytes.Count; i++) _bytes[at + i] = piece[i];
    }
}
