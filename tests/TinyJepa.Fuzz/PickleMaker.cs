using System.Buffers.Binary;
using System.Text;

namespace TinyJepa.Fuzz;

/// <summary>Pickles by grammar: values nested at random, tensors among them with a wrong number now and then, and opcodes where none belongs.</summary>
sealed class PickleMaker(Rng rng)
{
    readonly List<byte> _bytes = [];
    int _left = 40;

    internal static byte[] Make(Rng rng)
    {
        var maker = new PickleMaker(rng);
        maker.Bytes(0x80, 2);
        maker.Value(0);
        maker.Bytes('.');
        return [.. maker._bytes];
    }

    void Value(int depth)
    {
        if (!SafetensorsMaker.Often(rng)) Bytes(rng.NextInt(256));
        if (rng.NextInt(12) == 0) Bytes('q', rng.NextInt(8));
        switch (_left-- > 0 && depth < 12 ? rng.NextInt(14) : 8 + rng.NextInt(6))
        {
            case 0 or 1: Dict(depth, ordered: rng.NextInt(2) == 0); break;
            case 2:
                Bytes(']', '(');
                for (var n = rng.NextInt(4); n > 0; n--) Value(depth + 1);
                Bytes('e');
                break;
            case 3:
                Bytes('(');
                for (var n = rng.NextInt(4); n > 0; n--) Value(depth + 1);
                Bytes('t');
                break;
            case 4 or 5 or 6: Tensor(); break;
            case 7: Ascii("ctorch\nSize\n"); Value(depth + 1); Bytes(0x85, 'R'); break;
            case 8: Bytes('N'); break;
            case 9: Bytes(0x88 + rng.NextInt(2)); break;
            case 10: Number(rng.NextInt(100)); break;
            case 11: Text("value"); break;
            case 12: Bytes('h', rng.NextInt(8)); break;
            case 13 when rng.NextInt(2) == 0: Scalar(); break;
            default: Number(SafetensorsMaker.Odd(rng)); break;
        }
    }

    void Dict(int depth, bool ordered)
    {
        if (ordered) Ascii("ccollections\nOrderedDict\n)R");
        else Bytes('}');
        if (rng.NextInt(3) == 0) Bytes('q', rng.NextInt(8));
        Bytes('(');
        for (var n = rng.NextInt(4); n > 0; n--)
        {
            if (rng.NextInt(8) == 0) Number(n);
            else Text($"k{n}");
            Value(depth + 1);
        }

        Bytes('u');
        if (rng.NextInt(6) == 0) Bytes('}', 'b');
    }

    void Scalar()
    {
        string[] types = ["f8", "f4", "i8", "u8", "b1", "O8"];
        Ascii("cnumpy.core.multiarray\nscalar\n(cnumpy\ndtype\n(");
        var type = types[rng.NextInt(SafetensorsMaker.Often(rng) ? 5 : 6)];
        Text(type);
        Bytes(0x89, 0x88, 't', 'R');
        if (rng.NextInt(2) == 0)
        {
            Ascii("(K\u0003");
            Text(SafetensorsMaker.Often(rng) ? "<" : ">");
            Ascii("NNNJ\0\0\0\0J\0\0\0\0K\0tb");
        }

        Ascii("c_codecs\nencode\n(");
        Text(new string('a', (type[1] - '0') + (SafetensorsMaker.Often(rng) ? 0 : 1)));
        Text("latin1");
        Bytes('t', 'R', 't', 'R');
    }

    void Tensor()
    {
        string[] types = ["Float", "Half", "BFloat16", "Double", "Long", "Byte", "Bool", "ComplexFloat"];
        Ascii("ctorch._utils\n_rebuild_tensor_v2\n((");
        Text("storage");
        // Entries data/0, data/1 and data/2 of the archive have 16, 64 and 0 bytes.
        var key = rng.NextInt(SafetensorsMaker.Often(rng) ? 3 : 12);
        var type = SafetensorsMaker.Often(rng) ? Math.Min(rng.NextInt(20), 7) : rng.NextInt(8);
        if (type == 7 && SafetensorsMaker.Often(rng)) type = 0;
        Ascii($"ctorch\n{types[type]}Storage\n");
        Text(key.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Text("cpu");
        var count = (key switch { 0 => 16, 1 => 64, _ => 0 }) / (type switch { 0 => 4, 1 or 2 => 2, 3 or 4 or 7 => 8, _ => 1 });
        Number(SafetensorsMaker.Often(rng) ? count : SafetensorsMaker.Odd(rng));
        Bytes('t', 'Q');
        Number(SafetensorsMaker.Often(rng) ? rng.NextInt(3) == 0 ? rng.NextInt(4) : 0 : SafetensorsMaker.Odd(rng));
        var rank = rng.NextInt(4);
        foreach (var sizes in (bool[])[true, false])
        {
            Bytes('(');
            for (var n = rank; n > 0; n--) Number(SafetensorsMaker.Often(rng) ? rng.NextInt(3) + (sizes ? 0 : 1) : SafetensorsMaker.Odd(rng));
            Bytes('t');
        }

        Bytes(0x89);
        Ascii("ccollections\nOrderedDict\n)R");
        Bytes('t', 'R');
    }

    void Number(long value)
    {
        if (value is >= 0 and < 256) Bytes('K', (int)value);
        else
        {
            Bytes(0x8A, 8);
            var bytes = new byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
            _bytes.AddRange(bytes);
        }
    }

    void Text(string text)
    {
        Bytes('X', text.Length, 0, 0, 0);
        Ascii(text);
    }

    void Ascii(string text) => _bytes.AddRange(Encoding.ASCII.GetBytes(text));

    void Bytes(params ReadOnlySpan<int> values)
    {
        foreach (var value in values) _bytes.Add((byte)value);
    }
}
