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
    /// <exception cref="InvalidDataException">The file is no sound safetensors file, or holds a type other than F32; the message says what is wrong.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static SafetensorsFile Read(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        var header = SafetensorsHeader.Read(stream, path);
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var entry in header.Entries)
        {
            if (entry.Type != "F32") throw new InvalidDataException(
                $"{path}: the tensor '{entry.Name}' is of type {entry.Type}; this reader takes F32. Convert it, for example with tensor.float() in PyTorch.");
            var values = new float[entry.Shape.Length];
            stream.Position = header.DataStart + entry.Begin;
            stream.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
            if (!BitConverter.IsLittleEndian) Swap(values);
            tensors.Add(entry.Name, Tensor.From(values, entry.Shape));
        }

        return new SafetensorsFile(tensors, header.Metadata);
    }

    /// <summary>Overwrites parameters with a file's. Every path and shape is checked first: on any error nothing has changed.</summary>
    /// <param name="path">The file.</param>
    /// <param name="parameters">The set, or a part of one; the file's names are paths below it.</param>
    /// <exception cref="InvalidDataException">The file is not sound, misses a parameter, has one too many, or another shape.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static void Load(string path, Parameters parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        using var scope = Scope.Begin();
        var file = Read(path);
        var entries = parameters.Entries.ToDictionary(parameters.NameOf);
        var missing = entries.Keys.Except(file.Tensors.Keys).Order(StringComparer.Ordinal).ToList();
        var unexpected = file.Tensors.Keys.Except(entries.Keys).Order(StringComparer.Ordinal).ToList();
        if (missing.Count + unexpected.Count > 0) throw new InvalidDataException(
            $"{path} does not fit the model: {Names("missing", missing)}{(missing.Count * unexpected.Count > 0 ? "; " : "")}{Names("unexpected", unexpected)}.");
        foreach (var (name, entry) in entries)
            if (file.Tensors[name].Shape != entry.Value.Shape)
                throw new InvalidDataException($"{path} does not fit the model: '{name}' has the shape {file.Tensors[name].Shape} in the file and {entry.Value.Shape} in the model.");
        foreach (var (name, entry) in entries) entry.Value.Backend.Upload(file.Tensors[name].Span, entry.Value);
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
        if (!BitConverter.IsLittleEndian) Swap(values);
        stream.Write(MemoryMarshal.AsBytes(values.AsSpan()));
    }

    static void Swap(Span<float> values)
    {
        var words = MemoryMarshal.Cast<float, int>(values);
        BinaryPrimitives.ReverseEndianness(words, words);
    }
}
