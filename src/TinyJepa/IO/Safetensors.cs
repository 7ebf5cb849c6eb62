using System.Buffers.Binary;
using System.Runtime.InteropServices;
using TinyJepa.Nn;

namespace TinyJepa.IO;

/// <summary>
/// Reads and writes safetensors files: a JSON header with names, types, shapes and offsets, then the numbers. What is read is checked
/// against every rule of the format before a number is touched; what is written appears under its name only when it is complete.
/// </summary>
public static class Safetensors
{
    /// <summary>Writes the parameters under their paths.</summary>
    /// <param name="path">The file; an older one of that name is replaced in one step.</param>
    /// <param name="parameters">The set, or a part of one; paths are written without the part's own prefix.</param>
    /// <param name="metadata">Texts to store beside them.</param>
    /// <exception cref="ArgumentException">Two tensors have the same name.</exception>
    /// <exception cref="IOException">The file cannot be written; an older one is as it was.</exception>
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
        var ordered = tensors.OrderBy(tensor => tensor.Name, StringComparer.Ordinal).ToList();
        var header = SafetensorsHeader.Write(ordered, metadata);
        AtomicFile.Write(path, stream =>
        {
            stream.Write(header);
            foreach (var (_, value) in ordered) WriteFloats(stream, value.ToArray());
        });
    }

    /// <summary>Reads a whole file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="convert">Turn other number types into float32, rounding where they are finer; otherwise they are refused.</param>
    /// <exception cref="InvalidDataException">The file is no sound safetensors file, or holds a type that was not to be converted; the message says what is wrong.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static SafetensorsFile Read(string path, bool convert = false)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        var header = SafetensorsHeader.Read(stream, path);
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var entry in header.Entries)
        {
            if (entry.Type != "F32" && !(convert && NumberTypes.Convertible(entry.Type))) throw new InvalidDataException(
                $"{path}: the tensor '{entry.Name}' is of type {entry.Type}, not F32. {(NumberTypes.Convertible(entry.Type) ? "Read it with convert: true" : "Convert it where it was made")}.");
            var bytes = new byte[entry.End - entry.Begin];
            stream.Position = header.DataStart + entry.Begin;
            stream.ReadExactly(bytes);
            tensors.Add(entry.Name, Tensor.From(NumberTypes.ToFloats(bytes, entry.Type), entry.Shape));
        }

        return new SafetensorsFile(tensors, header.Metadata);
    }

    /// <summary>Overwrites parameters with a file's. Every path and shape is checked first: on any error nothing has changed.</summary>
    /// <param name="path">The file.</param>
    /// <param name="sets">The sets, or parts of some; together they must have the file's names, each below its own set.</param>
    /// <returns>The texts stored in the file.</returns>
    /// <exception cref="InvalidDataException">The file is not sound, misses a parameter, has one too many, or another shape.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IReadOnlyDictionary<string, string> Load(string path, params ReadOnlySpan<Parameters> sets)
    {
        using var scope = Scope.Begin();
        var file = Read(path);
        var entries = new Dictionary<string, Parameter>(StringComparer.Ordinal);
        foreach (var set in sets)
            foreach (var entry in set.Entries)
                if (!entries.TryAdd(set.NameOf(entry), entry)) throw new ArgumentException($"Two of the sets have a parameter '{set.NameOf(entry)}'.", nameof(sets));

        var missing = entries.Keys.Except(file.Tensors.Keys).Order(StringComparer.Ordinal).ToList();
        var unexpected = file.Tensors.Keys.Except(entries.Keys).Order(StringComparer.Ordinal).ToList();
        if (missing.Count + unexpected.Count > 0) throw new InvalidDataException(
            $"{path} does not fit the model: {Names("missing", missing)}{(missing.Count * unexpected.Count > 0 ? "; " : "")}{Names("unexpected", unexpected)}.");
        foreach (var (name, entry) in entries)
            if (file.Tensors[name].Shape != entry.Value.Shape)
                throw new InvalidDataException($"{path} does not fit the model: '{name}' has the shape {file.Tensors[name].Shape} in the file and {entry.Value.Shape} in the model.");
        foreach (var (name, entry) in entries) entry.Value.Backend.Upload(file.Tensors[name].Span, entry.Value);
        return file.Metadata;
    }

    static string Names(string what, List<string> names)
    {
        const int shown = 5;
        if (names.Count == 0) return "";
        var rest = names.Count > shown ? $" and {names.Count - shown} more" : "";
        return $"{what} {string.Join(", ", names.Take(shown).Select(name => $"'{name}'"))}{rest}";
    }

    static void WriteFloats(Stream stream, float[] values)
    {
        if (!BitConverter.IsLittleEndian)
        {
            var words = MemoryMarshal.Cast<float, int>(values.AsSpan());
            BinaryPrimitives.ReverseEndianness(words, words);
        }

        stream.Write(MemoryMarshal.AsBytes(values.AsSpan()));
    }
}
