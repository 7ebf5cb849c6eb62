using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace TinyJepa.IO;

/// <summary>The header of a safetensors file: 8 bytes of length, then JSON that places every tensor in the data behind it.</summary>
sealed class SafetensorsHeader
{
    const int MaxHeader = 100_000_000;                   // the format's own limit

    readonly List<Entry> _entries = [];
    readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);
    readonly string _file;

    SafetensorsHeader(string file) => _file = file;

    internal readonly record struct Entry(string Name, string Type, Shape Shape, long Begin, long End);

    internal IReadOnlyList<Entry> Entries => _entries;

    internal IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <summary>Where the data begins; offsets count from here.</summary>
    internal long DataStart { get; private set; }

    internal static SafetensorsHeader Read(Stream stream, string file)
    {
        var header = new SafetensorsHeader(file);
        Span<byte> prefix = stackalloc byte[8];
        if (stream.Length < 8) throw header.Broken($"it has {stream.Length} bytes, fewer than the 8 of the header's length");
        stream.ReadExactly(prefix);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > MaxHeader) throw header.Broken($"its header claims {length} bytes, more than the format's {MaxHeader}; it may be another kind of file");
        if (length > (ulong)stream.Length - 8) throw header.Broken($"its header claims {length} bytes, but only {stream.Length - 8} follow; it may be cut off");

        var json = new byte[length];
        stream.ReadExactly(json);
        header.DataStart = 8 + (long)length;
        if (length == 0 || json[0] != '{') throw header.Broken("its header does not begin with '{'; it may be another kind of file");
        try
        {
            header.Parse(json);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or DecoderFallbackException or FormatException)
        {
            throw header.Broken($"its header is not the JSON of this format ({error.Message})");
        }

        header.CheckLayout(stream.Length - header.DataStart);
        return header;
    }

    /// <summary>The bytes of the header, the length in front and spaces behind, so that the data is aligned to 8 bytes.</summary>
    internal static byte[] Write(IReadOnlyList<(string Name, Tensor Value)> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        using var buffer = new MemoryStream();
        buffer.Write(stackalloc byte[8]);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject("__metadata__");
                foreach (var (key, text) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal)) json.WriteString(key, text);
                json.WriteEndObject();
            }

            long offset = 0;
            var seen = new HashSet<string>(["__metadata__"], StringComparer.Ordinal);
            foreach (var (name, value) in tensors)
            {
                if (!seen.Add(name)) throw new ArgumentException($"A file cannot hold two tensors of the name '{name}', nor one of the name '__metadata__'.", nameof(tensors));
                json.WriteStartObject(name);
                json.WriteString("dtype", "F32");
                json.WriteStartArray("shape");
                foreach (var size in value.Shape) json.WriteNumberValue(size);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += 4L * value.Length);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        while (buffer.Length % 8 != 0) buffer.WriteByte((byte)' ');
        var bytes = buffer.ToArray();
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)bytes.Length - 8);
        return bytes;
    }

    void Parse(ReadOnlySpan<byte> bytes)
    {
        var json = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = 3 });
        var seen = new HashSet<string>(StringComparer.Ordinal);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var name = json.GetString()!;
            if (!seen.Add(name)) throw Broken($"the name '{name}' occurs twice");
            json.Read();
            if (json.TokenType != JsonTokenType.StartObject) throw Broken($"the entry '{name}' is not an object");
            if (name == "__metadata__") ParseMetadata(ref json);
            else _entries.Add(ParseEntry(ref json, name));
        }

        if (json.TokenType != JsonTokenType.EndObject || json.Read()) throw Broken("text follows the header's closing brace");
    }

    void ParseMetadata(ref Utf8JsonReader json)
    {
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var key = json.GetString()!;
            json.Read();
            if (json.TokenType != JsonTokenType.String) throw Broken($"the metadata '{key}' is not a text");
            if (!_metadata.TryAdd(key, json.GetString()!)) throw Broken($"the metadata '{key}' occurs twice");
        }
    }

    Entry ParseEntry(ref Utf8JsonReader json, string name)
    {
        string? type = null;
        List<long>? sizes = null, offsets = null;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var key = json.GetString()!;
            json.Read();
            switch (key)
            {
                case "dtype" when type is null: type = json.GetString(); break;
                case "shape" when sizes is null: sizes = Numbers(ref json, name); break;
                case "data_offsets" when offsets is null: offsets = Numbers(ref json, name); break;
                default: throw Broken($"the entry '{name}' has an unknown or repeated field '{key}'");
            }
        }

        if (type is null || sizes is null || offsets is not [var begin, var end]) throw Broken($"the entry '{name}' lacks dtype, shape or two data_offsets");
        if (!NumberTypes.BytesOf.TryGetValue(type, out var bytes)) throw Broken($"the tensor '{name}' is of the unknown type '{type}'");
        if (begin < 0 || end < begin) throw Broken($"the tensor '{name}' has the impossible offsets {begin} to {end}");
        return new Entry(name, type, ShapeOf(name, sizes, bytes, end - begin), begin, end);
    }

    Shape ShapeOf(string name, List<long> sizes, int bytes, long length)
    {
        if (sizes.Count > Shape.MaxRank) throw Broken($"the tensor '{name}' has {sizes.Count} axes; at most {Shape.MaxRank} are supported");
        Span<int> axes = stackalloc int[sizes.Count];
        UInt128 count = 1;
        for (var i = 0; i < axes.Length; i++)
        {
            if (sizes[i] is < 0 or > int.MaxValue) throw Broken($"axis {i} of the tensor '{name}' has the size {sizes[i]}");
            axes[i] = (int)sizes[i];
            count *= (ulong)sizes[i];
            if (count > int.MaxValue) throw Broken($"the tensor '{name}' has more than {int.MaxValue} numbers");
        }

        if (count * (ulong)bytes != (ulong)length) throw Broken($"the tensor '{name}' of shape [{string.Join(", ", sizes)}] needs {count * (ulong)bytes} bytes, but its offsets span {length}");
        return Shape.Create(axes);
    }

    List<long> Numbers(ref Utf8JsonReader json, string name)
    {
        if (json.TokenType != JsonTokenType.StartArray) throw Broken($"a field of '{name}' is not a list of numbers");
        var numbers = new List<long>();
        while (json.Read() && json.TokenType == JsonTokenType.Number) numbers.Add(json.GetInt64());
        if (json.TokenType != JsonTokenType.EndArray) throw Broken($"a field of '{name}' is not a list of numbers");
        return numbers;
    }

    /// <summary>In order of offset the tensors must cover the data without a hole or an overlap.</summary>
    void CheckLayout(long dataLength)
    {
        _entries.Sort((a, b) => a.Begin != b.Begin ? a.Begin.CompareTo(b.Begin) : a.End.CompareTo(b.End));
        long expected = 0;
        foreach (var entry in _entries)
        {
            if (entry.Begin != expected) throw Broken($"the tensor '{entry.Name}' begins at {entry.Begin} where {expected} was due: tensors must follow each other without holes or overlaps");
            expected = entry.End;
        }

        if (expected != dataLength) throw Broken($"its tensors need {expected} bytes of data, but {dataLength} are there; it may be cut off");
    }

    InvalidDataException Broken(string what) => new($"{_file} is not a sound safetensors file: {what}.");
}
