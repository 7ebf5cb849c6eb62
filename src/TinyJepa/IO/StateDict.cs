using TinyJepa.Nn;

namespace TinyJepa.IO;

/// <summary>Loads and saves the parameters of a model by path.</summary>
/// <example><code>
/// var report = StateDict.Load("weights.pt", new LoadOptions { Under = "model", Convert = true, Ignore = ["num_batches_tracked"] }, model);
/// </code></example>
public static class StateDict
{
    /// <summary>Loads a file into parameters.</summary>
    /// <param name="path">A safetensors, PyTorch or NumPy file; recognised by its first bytes.</param>
    /// <param name="options">How names map to paths and which differences are allowed; <see cref="LoadOptions.Exact"/> for none.</param>
    /// <param name="sets">The sets, or parts of some; names are relative to each.</param>
    /// <inheritdoc cref="Load(TensorFile, LoadOptions, ReadOnlySpan{Parameters})"/>
    public static LoadReport Load(string path, LoadOptions options, params ReadOnlySpan<Parameters> sets)
    {
        using var file = TensorFile.OpenUnmapped(path);
        return Load(file, options, sets);
    }

    /// <summary>Loads an open file into parameters. Names, shapes, types and checksums are checked first: on any error nothing has changed.</summary>
    /// <param name="file">The open file.</param>
    /// <param name="options">How names map to paths and which differences are allowed; <see cref="LoadOptions.Exact"/> for none.</param>
    /// <param name="sets">The sets, or parts of some; names are relative to each.</param>
    /// <returns>What matched, what was missing or unexpected, and which shapes differ.</returns>
    /// <exception cref="InvalidDataException">The file is not valid, does not fit and <see cref="LoadOptions.Strict"/> is set, or the prefixes map
    /// two of its names to one; the message says what.</exception>
    /// <exception cref="ArgumentException">Two sets have the same name.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static LoadReport Load(TensorFile file, LoadOptions options, params ReadOnlySpan<Parameters> sets)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(options);
        var entries = new Dictionary<string, Parameter>(StringComparer.Ordinal);
        foreach (var set in sets)
            foreach (var entry in set.Entries)
                if (!entries.TryAdd(set.NameOf(entry), entry))
                    throw new ArgumentException($"Two of the sets have a parameter '{set.NameOf(entry)}'.", nameof(sets));

        var stored = new Dictionary<string, StoredTensor>(StringComparer.Ordinal);
        foreach (var tensor in file.Tensors)
            if (options.ModelName(tensor.Name) is { } name && !stored.TryAdd(name, tensor))
                throw new InvalidDataException($"The prefixes map both '{Names.Shown(stored[name].Name)}' and '{Names.Shown(tensor.Name)}' of {file.Name} to " +
                    $"'{Names.Shown(name)}'. Narrow them.");

        var report = Compare(entries, stored);
        if (options.Strict && !report.IsExact) throw new InvalidDataException($"{file.Name} does not fit the model: {report}.");
        foreach (var name in report.Matched)
        {
            stored[name].CheckType(options.Convert);
            stored[name].Verify();
        }

        Copy(entries, stored, report.Matched, options.Convert);
        return report;
    }

    /// <summary>Writes parameters under the names that <see cref="Load(string, LoadOptions, ReadOnlySpan{Parameters})"/> with the same options finds.</summary>
    /// <param name="path">The file, ending in <c>.safetensors</c> or <c>.npz</c>; an existing one is replaced atomically.</param>
    /// <param name="parameters">The set, or a part of one; paths are written without the part's own prefix.</param>
    /// <param name="options">The path and prefixes of the names in the file.</param>
    /// <exception cref="ArgumentException">The name has another ending, or the prefixes cannot be inverted.</exception>
    /// <exception cref="IOException">The file cannot be written; an existing one is unchanged.</exception>
    public static void Save(string path, Parameters parameters, LoadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(parameters);
        options ??= LoadOptions.Exact;
        var tensors = parameters.Entries.Select(entry => new WrittenTensor(options.FileName(parameters.NameOf(entry)), entry.Value)).ToList();
        if (path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase)) Safetensors.Save(path, Safetensors.InOrder(tensors), []);
        else if (path.EndsWith(".npz", StringComparison.OrdinalIgnoreCase)) Npz.Save(path, tensors);
        else throw new ArgumentException($"'{path}' ends in neither .safetensors nor .npz, the formats that can be written.", nameof(path));
    }

    static LoadReport Compare(Dictionary<string, Parameter> entries, Dictionary<string, StoredTensor> stored)
    {
        var both = entries.Where(entry => stored.ContainsKey(entry.Key)).ToLookup(entry => stored[entry.Key].Shape == entry.Value.Value.Shape);
        return new LoadReport(
            [.. both[true].Select(entry => entry.Key)],
            [.. entries.Keys.Where(name => !stored.ContainsKey(name)).Order(StringComparer.Ordinal)],
            [.. stored.Keys.Where(name => !entries.ContainsKey(name)).Order(StringComparer.Ordinal)],
            [.. both[false].Select(entry => new ShapeMismatch(entry.Key, stored[entry.Key].Shape, entry.Value.Value.Shape))]);
    }

    /// <summary>Reads everything before it overwrites anything: a read error leaves the model unchanged.</summary>
    static void Copy(Dictionary<string, Parameter> entries, Dictionary<string, StoredTensor> stored, IReadOnlyList<string> names, bool convert)
    {
        using var scope = Scope.Begin();
        var values = names.Select(name => (entries[name].Value, New: stored[name].ToTensor(convert))).ToList();
        foreach (var (value, read) in values) value.CopyFrom(read.Span);
    }
}
