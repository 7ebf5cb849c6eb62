using System.Buffers.Binary;
using System.Text;
using TinyJepa.IO;
using TinyJepa.Nn;
using Xunit.Sdk;

namespace TinyJepa.Tests.IO;

/// <summary>Files that are cut off, foreign, contradictory or hostile: refused with a clear sentence, and nothing has changed.</summary>
public sealed class BrokenFileTests : IDisposable
{
    const string A = "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}";

    readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>What is wrong with the file, a part of the message, the header, and how many bytes of data follow.</summary>
    public static TheoryData<string, string, string, int> Broken => new()
    {
        { "no JSON", "does not begin with '{'", "PNG here", 8 },
        { "an array", "does not begin with '{'", "[1,2]", 0 },
        { "white space first", "does not begin with '{'", " {" + A + "}", 8 },
        { "no closing brace", "not the JSON", "{" + A, 8 },
        { "a trailing comma", "not the JSON", "{" + A + ",}", 8 },
        { "a comment", "not the JSON", "{" + A + "/*x*/}", 8 },
        { "two objects", "JSON", "{" + A + "}{}", 8 },
        { "a null byte behind", "not the JSON", "{" + A + "}\0", 8 },
        { "a name twice", "'a' occurs twice", "{" + A + "," + A.Replace("[0,8]", "[8,16]", StringComparison.Ordinal) + "}", 16 },
        { "an escaped name twice", "'a' occurs twice", "{" + A + "," + A.Replace("\"a\"", "\"\\u0061\"", StringComparison.Ordinal).Replace("[0,8]", "[8,16]", StringComparison.Ordinal) + "}", 16 },
        { "metadata twice", "'__metadata__' occurs twice", "{\"__metadata__\":{},\"__metadata__\":{}}", 0 },
        { "a text of metadata twice", "'k' occurs twice", "{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}", 0 },
        { "a number in metadata", "'k' is not a string", "{\"__metadata__\":{\"k\":1}}", 0 },
        { "metadata that is a text", "'__metadata__' is not an object", "{\"__metadata__\":\"x\"}", 0 },
        { "an entry that is a number", "'a' is not an object", "{\"a\":1}", 0 },
        { "an entry without anything", "lacks dtype, shape or two data_offsets", "{\"a\":{}}", 0 },
        { "no type", "lacks dtype", "{\"a\":{\"shape\":[2],\"data_offsets\":[0,8]}}", 8 },
        { "a type of null", "lacks dtype", "{\"a\":{\"dtype\":null,\"shape\":[2],\"data_offsets\":[0,8]}}", 8 },
        { "a type that is a number", "JSON", "{\"a\":{\"dtype\":32,\"shape\":[2],\"data_offsets\":[0,8]}}", 8 },
        { "no shape", "lacks dtype, shape", "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,8]}}", 8 },
        { "no offsets", "lacks dtype, shape or two data_offsets", "{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}", 8 },
        { "one offset", "two data_offsets", "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0]}}", 8 },
        { "three offsets", "two data_offsets", "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8,8]}}", 8 },
        { "a field of its own", "unknown or repeated field 'x'", "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"x\":1}}", 8 },
        { "a field twice", "unknown or repeated field 'dtype'", "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8 },
        { "an unknown type", "unknown type 'F31'", "{\"a\":{\"dtype\":\"F31\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8 },
        { "a type in small letters", "unknown type 'f32'", "{\"a\":{\"dtype\":\"f32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8 },
        { "a shape that is too large", "needs 12 bytes, but its offsets span 8", "{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}", 8 },
        { "a shape that is too small", "needs 4 bytes, but its offsets span 8", "{\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,8]}}", 8 },
        { "a shape that overflows", "more than", "{\"a\":{\"dtype\":\"F32\",\"shape\":[65536,65536,65536,65536],\"data_offsets\":[0,0]}}", 0 },
        { "a shape that overflows before a zero", "more than", "{\"a\":{\"dtype\":\"F32\",\"shape\":[2147483647,2147483647,0],\"data_offsets\":[0,0]}}", 0 },
        { "a size that is huge", "has the size 4294967296", "{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296],\"data_offsets\":[0,8]}}", 8 },
        { "a size beyond 64 bits", "JSON", "{\"a\":{\"dtype\":\"F32\",\"shape\":[99999999999999999999],\"data_offsets\":[0,8]}}", 8 },
        { "a negative size", "has the size -2", "{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}", 8 },
        { "a broken size", "JSON", "{\"a\":{\"dtype\":\"F32\",\"shape\":[2.5],\"data_offsets\":[0,8]}}", 8 },
        { "a size that is a text", "not a list of numbers", "{\"a\":{\"dtype\":\"F32\",\"shape\":[\"2\"],\"data_offsets\":[0,8]}}", 8 },
        { "sizes in sizes", "JSON", "{\"a\":{\"dtype\":\"F32\",\"shape\":[[2]],\"data_offsets\":[0,8]}}", 8 },
        { "a shape that is a number", "not a list of numbers", "{\"a\":{\"dtype\":\"F32\",\"shape\":2,\"data_offsets\":[0,8]}}", 8 },
        { "too many axes", "7 axes", "{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,2],\"data_offsets\":[0,8]}}", 8 },
        { "offsets that run backwards", "impossible offsets", "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}", 8 },
        { "a negative offset", "impossible offsets", "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[-8,0]}}", 8 },
        { "a hole in front", "begins at 4 where 0 was expected", "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}", 12 },
        { "a hole between", "'b' begins at 12 where 8 was expected", "{" + A + ",\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[12,16]}}", 16 },
        { "an overlap", "'b' begins at 4 where 8 was expected", "{" + A + ",\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8 },
        { "one tensor on another", "begins at 0 where 8 was expected", "{" + A + "," + A.Replace("\"a\"", "\"b\"", StringComparison.Ordinal) + "}", 8 },
        { "data that no tensor owns", "need 8 bytes of data, but 12 are there", "{" + A + "}", 12 },
        { "data that is missing", "need 8 bytes of data, but 7 are there", "{" + A + "}", 7 },
        { "offsets at the end of the world", "begins at 9223372036854775799 where 0 was expected", "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[9223372036854775799,9223372036854775807]}}", 8 },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void AFile_IsRefused_With(string what, string message, string header, int data)
    {
        File.WriteAllBytes(_folder["f"], RawFile.Bytes(header, new byte[data]));
        Refuse(what, message);
    }

    [Theory]
    [InlineData(0xFFFFFFFFFFFFFFFF)]
    [InlineData(0x8000000000000000)]
    [InlineData(0x7FFFFFFFFFFFFFFF)]
    [InlineData(100_000_001)]
    public void AHeader_ThatClaimsTooMuch_IsRefusedWithoutReadingIt(ulong length)
    {
        File.WriteAllBytes(_folder["f"], RawFile.Bytes("{" + A + "}", length, new byte[8]));
        Refuse("a huge header", $"claims {length} bytes, more than");
    }

    [Fact]
    public void AHeader_LongerThanTheFile_IsRefused()
    {
        File.WriteAllBytes(_folder["f"], RawFile.Bytes("{" + A + "}", 5000, new byte[8]));
        Refuse("a long header", "claims 5000 bytes, but only");
    }

    [Fact]
    public void ForeignFiles_AreRefused()
    {
        foreach (var bytes in (byte[][])[
            [], [1, 2, 3], [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10, 0, 0, 0, 13], Encoding.UTF8.GetBytes("PK\u0003\u0004 a zip of old"),
            Encoding.UTF8.GetBytes("{\"model\": \"this is only JSON\", \"layers\": [1, 2, 3]}"), new byte[4096], [.. Enumerable.Repeat((byte)255, 100)]])
        {
            File.WriteAllBytes(_folder["f"], bytes);
            Refuse($"{bytes.Length} foreign bytes", "is not a valid safetensors file");
        }
    }

    [Fact]
    public void BytesThatAreNoText_AreRefused()
    {
        var bytes = RawFile.Bytes("{" + A + "}", new byte[8]);
        bytes[Array.IndexOf(bytes, (byte)'a')] = 0xFF;
        File.WriteAllBytes(_folder["f"], bytes);
        Refuse("invalid UTF-8", "JSON");
        File.WriteAllBytes(_folder["f"], RawFile.Bytes("{" + A.Replace("\"a\"", "\"\\uD800\"", StringComparison.Ordinal) + "}", new byte[8]));
        Refuse("half a surrogate pair", "JSON");
    }

    [Fact]
    public void AFile_CutOffAnywhere_IsRefused()
    {
        var model = Model(seed: 1);
        Safetensors.Save(_folder["whole"], model, new Dictionary<string, string> { ["recipe"] = "best" });
        var whole = File.ReadAllBytes(_folder["whole"]);
        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(_folder["f"], whole[..length]);
            Refuse($"the first {length} bytes", "is not a valid safetensors file");
        }

        File.WriteAllBytes(_folder["f"], [.. whole, 0]);
        Refuse("one byte too many", "it may be cut off");
        File.WriteAllBytes(_folder["f"], whole);
        Safetensors.Load(_folder["f"], Model(seed: 2));
    }

    /// <summary>Seeded mutations of a valid file: flipped, inserted, deleted, doubled and swapped bytes, and extreme numbers.</summary>
    [Fact]
    public void AnyMutation_IsReadOrRefused_AndNothingElse()
    {
        const int rounds = 4000;
        Safetensors.Save(_folder["whole"], Model(seed: 1), new Dictionary<string, string> { ["recipe"] = "best" });
        var whole = File.ReadAllBytes(_folder["whole"]);
        var header = (int)BinaryPrimitives.ReadInt64LittleEndian(whole);
        var model = Model(seed: 2);
        var hash = model.Hash();
        var rng = new Rng(2026);
        var (refused, loaded) = (0, 0);
        for (var round = 0; round < rounds; round++)
        {
            var bytes = whole.ToList();
            for (var n = 1 + rng.NextInt(3); n > 0; n--) Mutate(bytes, header, rng);
            File.WriteAllBytes(_folder["f"], [.. bytes]);
            try
            {
                using var scope = Scope.Begin();
                Safetensors.Read(_folder["f"], convert: true);
                Safetensors.Load(_folder["f"], model);
                loaded++;
                model = Model(seed: 2);
            }
            catch (Exception error) when (error is InvalidDataException or IOException)
            {
                refused++;
                Assert.True(hash == model.Hash(), $"Round {round} changed the model and then failed: {error.Message}");
            }
            catch (Exception error) when (error is not XunitException)
            {
                Assert.Fail($"Round {round} ended with {error.GetType()}: {error.Message}\n{Convert.ToHexString([.. bytes])}");
            }
        }

        // Most mutations of the data and some of the strings give another valid file; nearly all others must be found.
        Assert.True(refused > rounds / 2 && loaded > rounds / 100, $"{refused} refused, {loaded} read.");
    }

    static void Mutate(List<byte> bytes, int header, Rng rng)
    {
        string[] pieces = ["\"", "{", "}", "[", "]", ",", ":", "-", "0", "9223372036854775807", "1e9", "null", "\\u0000", "F64", "F16", "BOOL", "__metadata__", "\"shape\":[0]"];
        // Two of three hit the header, where it hurts.
        var at = rng.NextInt(rng.NextInt(3) > 0 ? Math.Min(bytes.Count, 8 + header) : bytes.Count);
        switch (rng.NextInt(6))
        {
            case 0: bytes[at] ^= (byte)(1 << rng.NextInt(8)); break;
            case 1: bytes[at] = (byte)rng.NextInt(256); break;
            case 2: bytes.RemoveRange(at, Math.Min(1 + rng.NextInt(8), bytes.Count - at - 1)); break;
            case 3: bytes.InsertRange(at, Encoding.UTF8.GetBytes(pieces[rng.NextInt(pieces.Length)])); break;
            case 4: bytes.InsertRange(at, bytes.GetRange(at, Math.Min(1 + rng.NextInt(60), bytes.Count - at))); break;
            default:
                // A piece in the place of another of the same length keeps the header's length right.
                var piece = Encoding.UTF8.GetBytes(pieces[rng.NextInt(pieces.Length)]);
                for (var i = 0; i < piece.Length && at + i < bytes.Count; i++) bytes[at + i] = piece[i];
                break;
        }
    }

    void Refuse(string what, string message)
    {
        var model = Model(seed: 2);
        var hash = model.Hash();
        foreach (var read in (Action[])[() => Safetensors.Read(_folder["f"], convert: true), () => Safetensors.Load(_folder["f"], model)])
        {
            var error = Record.Exception(read) ?? new XunitException("no error");
            Assert.True(error is InvalidDataException, $"A file with {what} ended with {error.GetType().Name}: {error.Message}");
            Assert.Contains(message, error.Message, StringComparison.Ordinal);
            Assert.Contains(_folder["f"], error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(hash, model.Hash());
    }

    static Parameters Model(long seed)
    {
        var p = new Parameters(seed);
        _ = new Mlp(p["online"], [3, 4, 2]);
        return p;
    }
}
