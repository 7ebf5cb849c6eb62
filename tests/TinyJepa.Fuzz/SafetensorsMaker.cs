using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace TinyJepa.Fuzz;

/// <summary>Safetensors files by grammar: nearly right, with a wrong number, field or order now and then.</summary>
static class SafetensorsMaker
{
    static readonly (string Name, int Bytes)[] s_types = [("F32", 4), ("F64", 8), ("F16", 2), ("BF16", 2), ("I64", 8), ("U8", 1), ("BOOL", 1), ("F8_E4M3", 1), ("F4", 1), ("", 4), ("C64", 8)];
    static readonly string[] s_names = ["a", "b", "encoder.weight", "__metadata__", "", "\\u0061", "ö", "\\ud800"];

    internal static byte[] Make(Rng rng)
    {
        var json = new StringBuilder("{");
        if (rng.NextInt(4) == 0) json.Append(rng.NextInt(6) == 0 ? "\"__metadata__\":{\"k\":1}" : "\"__metadata__\":{\"k\":\"v\",\"l\":\"\"}");
        var offset = 0L;
        for (var n = rng.NextInt(5); n > 0; n--)
        {
            if (json.Length > 1) json.Append(',');
            var (type, bytes) = s_types[rng.NextInt(rng.NextInt(4) == 0 ? s_types.Length : 7)];
            var sizes = new long[rng.NextInt(rng.NextInt(8) == 0 ? 9 : 4)];
            foreach (ref var size in sizes.AsSpan()) size = Often(rng) ? rng.NextInt(5) : Odd(rng);
            var length = unchecked(sizes.Aggregate((long)bytes, (a, b) => a * b));
            var (begin, end) = (Often(rng) ? offset : Odd(rng), Often(rng) ? unchecked(offset + length) : Odd(rng));
            var name = Often(rng) ? $"t{n}" : s_names[rng.NextInt(s_names.Length)];
            json.Append(CultureInfo.InvariantCulture, $"\"{name}\":{{\"dtype\":\"{type}\",\"shape\":[{string.Join(',', sizes)}],\"data_offsets\":[{begin},{end}]{(Often(rng) ? "" : ",\"x\":0")}}}");
            offset = unchecked(offset + length);
        }

        json.Append('}').Append(' ', rng.NextInt(8));
        var header = Encoding.UTF8.GetBytes(json.ToString());
        var data = new byte[offset is >= 0 and < 2048 ? (int)offset + (Often(rng) ? 0 : 1) : rng.NextInt(64)];
        var file = new byte[8 + header.Length + data.Length];
        BinaryPrimitives.WriteInt64LittleEndian(file, Often(rng) ? header.Length : Odd(rng));
        header.CopyTo(file, 8);
        foreach (ref var one in file.AsSpan(8 + header.Length)) one = (byte)rng.NextInt(256);
        return file;
    }

    internal static bool Often(Rng rng) => rng.NextInt(24) > 0;

    internal static long Odd(Rng rng) => rng.NextInt(8) switch { 0 => -1, 1 => int.MaxValue, 2 => 1L << 32, 3 => long.MaxValue, 4 => long.MinValue, 5 => 65536, 6 => rng.NextInt(300), _ => 1L << rng.NextInt(63) };
}
