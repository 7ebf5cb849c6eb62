using TinyJepa.Nn;

namespace TinyJepa.IO;

/// <summary>
/// Reads and writes safetensors files: a JSON header with names, types, shapes and offsets, then the data. Files are checked against
/// every rule of the format before any data is read, and written atomically.
/// </summary>
/// <remarks>To read tensors without a copy, or in element types other than float32, open the file with <see cref="TensorFile"/>.</remarks>
public static class Safetensors
{
    /// <summary>Writes the parameters under their paths.</summary>
    /// <param name="path">The file; an existing one is replaced atomically.</param>
    /// <param name="parameters">The set, or a part of one; paths are written without the part's own prefix.</param>
    /// <param name="metadata">Strings to store with them.</param>
    /// <exception cref="ArgumentException">Two tensors have the same name.</exception>
    /// <exception cref="IOException">The file cannot be written; an existing one is unchanged.</exception>
    public static void Save(string path, Parameters parameters, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        Save(path, parameters.Entries.Select(entry => (parameters.NameOf(entry), entry.Value)), metadata);
    }

    /// <summary>Writes named tensors as F32.</summary>
    /// <inheritdoc cref="Save(string, Parameters, IReadOnlyDictionary{string, string}?)"/>
    public static void Save(string path, IEnumerable<(string Name, Tensor Value)> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        var texts = (metadata ?? new Dictionary<string, string>()).OrderBy(text => text.Key, StringComparer.Ordinal);
        Save(path, InOrder(tensors.Select(tensor => new WrittenTensor(tensor.Name, tensor.Value))), texts);
    }

    /// <summary>
    /// Writes the tensors of another file in their own element types. A safetensors file that the reference library wrote comes out with the same
    /// bytes; of other formats, the tensors and the values that are strings are written.
    /// </summary>
    /// <param name="path">The file; an existing one is replaced atomically.</param>
    /// <param name="file">The open file.</param>
    /// <exception cref="InvalidDataException">A compressed entry of the other file is damaged.</exception>
    /// <exception cref="IOException">The file cannot be written; an existing one is unchanged.</exception>
    public static void Save(string path, TensorFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        var tensors = file.Tensors.Select(tensor => new WrittenTensor(tensor));
        var texts = file.Values.Where(value => value.Value is string).Select(value => KeyValuePair.Create(value.Key, (string)value.Value!));
        if (file.Format == TensorFormat.Safetensors) Save(path, [.. tensors], texts);
        else Save(path, InOrder(tensors), texts.OrderBy(text => text.Key, StringComparer.Ordinal));
    }

    /// <summary>Reads a whole file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="convert">Convert other element types to float32, rounding where necessary; otherwise they are refused.</param>
    /// <exception cref="InvalidDataException">The file is not a valid safetensors file, or has an element type other than float32 and
    /// <paramref name="convert"/> is not set; the message says what is wrong.</exception>
    /// <exception cref="IOException">The file cannot be read, or is a folder.</exception>
    public static SafetensorsFile Read(string path, bool convert = false) => Read(ByteSource.OpenFile(path), convert);

    /// <summary>Reads a stream to its end.</summary>
    /// <inheritdoc cref="Read(string, bool)"/>
    public static SafetensorsFile Read(Stream stream, bool convert = false) => Read(ByteSource.Of(stream, "the stream"), convert);

    /// <summary>Reads a file that is in memory.</summary>
    /// <inheritdoc cref="Read(string, bool)"/>
    public static SafetensorsFile Read(ReadOnlyMemory<byte> bytes, bool convert = false) => Read(ByteSource.Of(bytes, "the file in memory"), convert);

    /// <summary>Loads a file into parameters. Every path and shape is checked first: on any error nothing has changed.</summary>
    /// <param name="path">The file.</param>
    /// <param name="sets">The sets, or parts of some; together they must have exactly the file's names, each relative to its own set.</param>
    /// <returns>The strings stored in the file.</returns>
    /// <remarks>For other formats, prefixes, or a part of a file: <see cref="StateDict.Load(TensorFile, LoadOptions, ReadOnlySpan{Parameters})"/>.</remarks>
    /// <exception cref="InvalidDataException">The file is not valid, misses a parameter, has one too many, or another shape.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IReadOnlyDictionary<string, string> Load(string path, params ReadOnlySpan<Parameters> sets)
    {
        using var source = ByteSource.OpenFile(path);
        var file = Parse(source);
        StateDict.Load(file, LoadOptions.Exact, sets);
        return Texts(file);
    }

    internal static TensorFile Parse(ByteSource source)
    {
        var header = SafetensorsHeader.Read(source);
        var start = header.DataStart;
        var tensors = header.Entries.Select(entry => new StoredTensor(entry.Name, entry.Type, entry.Shape, source, null, start + entry.Begin)).ToList();
        return new TensorFile(source, TensorFormat.Safetensors, tensors, header.Metadata);
    }

    internal static void Save(string path, IReadOnlyList<WrittenTensor> tensors, IEnumerable<KeyValuePair<string, string>> metadata)
    {
        WrittenTensor.CheckNames(tensors);
        var header = SafetensorsHeader.Write(tensors, metadata);
        AtomicFile.Write(path, stream =>
        {
            stream.Write(header);
            foreach (var tensor in tensors) tensor.Write(stream);
        });
    }

    /// <summary>The order of the reference library: by type, widest first, then by name.</summary>
    internal static List<WrittenTensor> InOrder(IEnumerable<WrittenTensor> tensors) =>
        [.. tensors.OrderByDescending(tensor => tensor.Type).ThenBy(tensor => tensor.Name, StringComparer.Ordinal)];

    static SafetensorsFile Read(ByteSource source, bool convert)
    {
        using (source)
        {
            var file = Parse(source);
            var tensors = file.Tensors.ToDictionary(tensor => tensor.Name, tensor => tensor.ToTensor(convert), StringComparer.Ordinal);
            return new SafetensorsFile(tensors, Texts(file));
        }
    }

    static Dictionary<string, string> Texts(TensorFile file) =>
        file.Values.ToDictionary(value => value.Key, value => (string)value.Value!, StringComparer.Ordinal);
}
