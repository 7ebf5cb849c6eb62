using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace TinyJepa.IO;

/// <summary>The header of a safetensors file: 8 bytes of length, then JSON with the position of every tensor in the data that follows.</summary>
sealed class SafetensorsHeader
{
    const int MaxHeader = 100_000_000;                   // the format's own limit
    const int MaxName = 4096, MaxValues = 16;

    static readonly UTF8Encoding s_utf8 = new(false, throwOnInvalidBytes: true);

    readonly List<Entry> _entries = [];
    readonly Dictionary<string, object?> _metadata = new(StringComparer.Ordinal);
    readonly string _file;

    SafetensorsHeader(string file) => _file = file;

    internal readonly record struct Entry(string Name, ElementType Type, Shape Shape, long Begin, long End);

    internal IReadOnlyList<Entry> Entries => _entries;

    internal IReadOnlyDictionary<string, object?> Metadata => _metadata;

    /// <summary>Where the data begins; offsets count from here.</summary>
    internal long DataStart { get; private set; }

    /// <summary>
    /// Whether a file begins like a safetensors file. The four low bytes of the length may have any value, also those that begin a pickle (80 04 is a
    /// length of 1152), so the test is on what follows: four zeros and a brace.
    /// </summary>
    internal static bool Begins(ByteSource source)
    {
        if (source.Length < 9) return false;
        Span<byte> first = stackalloc byte[9];
        source.Read(0, first);
        return first[4..].SequenceEqual("\0\0\0\0{"u8);
    }

    internal static SafetensorsHeader Read(ByteSource source)
    {
        var header = new SafetensorsHeader(source.Name);
        Span<byte> prefix = stackalloc byte[8];
        if (source.Length < 8) throw header.Broken($"it has {source.Length} bytes, fewer than the 8 of the header's length");
        source.Read(0, prefix);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > MaxHeader)
            throw header.Broken($"its header claims {length} bytes, more than the format's {MaxHeader}; it is probably not a tensor file: safetensors, .pt, " +
                ".npy and .npz can be read");
        if (length > (ulong)source.Length - 8) throw header.Broken($"its header claims {length} bytes, but only {source.Length - 8} follow; it may be cut off");

        var json = source.Bytes(8, (int)length);
        header.DataStart = 8 + (long)length;
        if (length == 0 || json[0] != '{')
            throw header.Broken("its header does not begin with '{'; it is probably not a tensor file: safetensors, .pt, .npy and .npz can be read");
        try
        {
            header.Parse(json);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or DecoderFallbackException or FormatException)
        {
            throw header.Broken($"its header is not the JSON of this format ({Names.Shown(error.Message)})");
        }

        header.CheckLayout(source.Length - header.DataStart);
        return header;
    }

    /// <summary>
    /// The bytes of the header: the length, the JSON, and spaces that align the data to 8 bytes. The text is that of the
    /// reference writer (serde_json): no white space, and only quotes, backslashes and control characters escaped.
    /// </summary>
    internal static byte[] Write(IReadOnlyList<WrittenTensor> tensors, IEnumerable<KeyValuePair<string, string>> metadata)
    {
        var json = new StringBuilder("{");
        var texts = new StringBuilder();
        foreach (var (key, text) in metadata) AppendText(AppendText(texts.Append(texts.Length > 0 ? "," : ""), key).Append(':'), text);
        if (texts.Length > 0) json.Append("\"__metadata__\":{").Append(texts).Append('}');
        var offset = 0L;
        foreach (var tensor in tensors)
        {
            if (tensor.Name == "__metadata__") throw new ArgumentException("A file cannot hold a tensor of the name '__metadata__'.", nameof(tensors));
            AppendText(json.Append(json.Length > 1 ? "," : ""), tensor.Name);
            json.Append(CultureInfo.InvariantCulture, $":{{\"dtype\":\"{tensor.Type}\",\"shape\":[{string.Join(',', tensor.Shape)}],");
            json.Append(CultureInfo.InvariantCulture, $"\"data_offsets\":[{offset},{offset += tensor.Bytes}]}}");
        }

        json.Append('}');
        var length = s_utf8.GetByteCount(json.ToString());
        var bytes = new byte[8 + (length + 7) / 8 * 8];
        bytes.AsSpan().Fill((byte)' ');
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)bytes.Length - 8);
        s_utf8.GetBytes(json.ToString(), bytes.AsSpan(8));
        return bytes;
    }

    static StringBuilder AppendText(StringBuilder json, string text)
    {
        json.Append('"');
        foreach (var letter in text)
        {
            switch (letter)
            {
                case '"': json.Append("\\\""); break;
                case '\\': json.Append("\\\\"); break;
                case '\b': json.Append("\\b"); break;
                case '\f': json.Append("\\f"); break;
                case '\n': json.Append("\\n"); break;
                case '\r': json.Append("\\r"); break;
                case '\t': json.Append("\\t"); break;
                case < ' ': json.Append(CultureInfo.InvariantCulture, $"\\u{(int)letter:x4}"); break;
                default: json.Append(letter); break;
            }
        }

        return json.Append('"');
    }

    void Parse(ReadOnlySpan<byte> bytes)
    {
        var json = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = 3 });
        var seen = new HashSet<string>(StringComparer.Ordinal);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var name = json.GetString()!;
            if (name.Length > MaxName) throw Broken($"a name has {name.Length} characters; at most {MaxName} are read");
            if (!seen.Add(name)) throw Broken($"the name '{Names.Shown(name)}' occurs twice");
            json.Read();
            if (json.TokenType != JsonTokenType.StartObject) throw Broken($"the entry '{Names.Shown(name)}' is not an object");
            if (name == "__metadata__") ParseMetadata(ref json);
            else _entries.Add(ParseEntry(ref json, name));
        }

        if (json.TokenType != JsonTokenType.EndObject || json.Read()) throw Broken("there is text after the header's closing brace");
    }

    void ParseMetadata(ref Utf8JsonReader json)
    {
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var key = json.GetString()!;
            json.Read();
            if (json.TokenType != JsonTokenType.String) throw Broken($"the metadata '{Names.Shown(key)}' is not a string");
            if (!_metadata.TryAdd(key, json.GetString()!)) throw Broken($"the metadata '{Names.Shown(key)}' occurs twice");
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
                case "shape" when sizes is null: sizes = Integers(ref json, name); break;
                case "data_offsets" when offsets is null: offsets = Integers(ref json, name); break;
                default: throw Broken($"the entry '{Names.Shown(name)}' has an unknown or repeated field '{Names.Shown(key)}'");
            }
        }

        if (type is null || sizes is null || offsets is not [var begin, var end])
            throw Broken($"the entry '{Names.Shown(name)}' lacks dtype, shape or two data_offsets");
        if (!ElementTypes.TryParse(type, out var element)) throw Broken($"the tensor '{Names.Shown(name)}' is of the unknown type '{Names.Shown(type)}'");
        if (begin < 0 || end < begin) throw Broken($"the tensor '{Names.Shown(name)}' has the impossible offsets {begin} to {end}");
        return new Entry(name, element, ShapeOf(name, sizes, element.Bytes(), end - begin), begin, end);
    }

    Shape ShapeOf(string name, List<long> sizes, int bytes, long length)
    {
        if (sizes.Count > Shape.MaxRank) throw Broken($"the tensor '{Names.Shown(name)}' has {sizes.Count} axes; at most {Shape.MaxRank} are supported");
        Span<int> axes = stackalloc int[sizes.Count];
        UInt128 count = 1;
        for (var i = 0; i < axes.Length; i++)
        {
            if (sizes[i] is < 0 or > int.MaxValue) throw Broken($"axis {i} of the tensor '{Names.Shown(name)}' has the size {sizes[i]}");
            axes[i] = (int)sizes[i];
            count *= (ulong)sizes[i];
            if (count > int.MaxValue) throw Broken($"the tensor '{Names.Shown(name)}' has more than {int.MaxValue} elements");
        }

        if (count * (ulong)bytes != (ulong)length)
            throw Broken($"the tensor '{Names.Shown(name)}' of shape [{string.Join(", ", sizes)}] needs {count * (ulong)bytes} bytes, but its offsets " +
                $"span {length}");
        return Shape.Create(axes);
    }

    List<long> Integers(ref Utf8JsonReader json, string name)
    {
        if (json.TokenType != JsonTokenType.StartArray) throw Broken($"a field of '{Names.Shown(name)}' is not a list of numbers");
        var integers = new List<long>();
        while (json.Read() && json.TokenType == JsonTokenType.Number)
        {
            if (integers.Count == MaxValues) throw Broken($"a field of '{Names.Shown(name)}' has more than {MaxValues} numbers");
            integers.Add(json.GetInt64());
        }

        if (json.TokenType != JsonTokenType.EndArray) throw Broken($"a field of '{Names.Shown(name)}' is not a list of numbers");
        return integers;
    }

    /// <summary>In order of offset the tensors must cover the data without a hole or an overlap.</summary>
    void CheckLayout(long dataLength)
    {
        _entries.Sort((a, b) => a.Begin != b.Begin ? a.Begin.CompareTo(b.Begin) : a.End.CompareTo(b.End));
        long expected = 0;
        foreach (var entry in _entries)
        {
            if (entry.Begin != expected)
                throw Broken($"the tensor '{Names.Shown(entry.Name)}' begins at {entry.Begin} where {expected} was expected: tensors must follow each other " +
                    "without holes or overlaps");
            expected = entry.End;
        }

        if (expected != dataLength) throw Broken($"its tensors need {expected} bytes of data, but {dataLength} are there; it may be cut off");
    }

    InvalidDataException Broken(string what) => new($"{_file} is not a valid safetensors file: {what}.");
}
