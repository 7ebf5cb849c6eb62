namespace TinyJepa.IO;

/// <summary>How names in a file map to paths in a model, and which differences are allowed.</summary>
public sealed record LoadOptions
{
    /// <summary>Names, shapes and types must match exactly.</summary>
    public static LoadOptions Exact { get; } = new();

    /// <summary>Load only names under this path of the file, and remove the path: <c>model</c> for a checkpoint that holds a model and its optimiser.</summary>
    public string Under { get; init; } = "";

    /// <summary>
    /// Prefixes of names in the file and their replacements in the model, as whole path parts: <c>("module", "")</c> drops what
    /// DataParallel adds, <c>("net.0", "first")</c> renames a layer. The first match is used; other names stay unchanged.
    /// </summary>
    public IReadOnlyList<(string File, string Model)> Prefixes { get; init; } = [];

    /// <summary>Last parts of names in the file that are ignored, such as <c>num_batches_tracked</c>.</summary>
    public IReadOnlyList<string> Ignore { get; init; } = [];

    /// <summary>Whether a missing or unexpected name or another shape is an error. Otherwise they are reported, and the rest is loaded.</summary>
    public bool Strict { get; init; } = true;

    /// <summary>Convert other element types to float32, rounding where necessary; otherwise they are refused.</summary>
    public bool Convert { get; init; }

    /// <summary>The path in the model of a name in the file; null if it is ignored.</summary>
    internal string? ModelName(string name)
    {
        if (Rest(name, Under) is not { } path) return null;
        if (Ignore.Contains(path[(path.LastIndexOf('.') + 1)..])) return null;
        foreach (var (file, model) in Prefixes)
            if (Rest(path, file) is { } rest) return Join(model, rest);
        return path;
    }

    /// <summary>The name in the file of a path in the model: the first that maps back to it.</summary>
    /// <exception cref="ArgumentException">No name does.</exception>
    internal string FileName(string path)
    {
        foreach (var (file, model) in Prefixes)
            if (Rest(path, model) is { } rest && Join(Under, Join(file, rest)) is var name && ModelName(name) == path) return name;
        var same = Join(Under, path);
        return ModelName(same) == path ? same : throw new ArgumentException($"The prefixes give the parameter '{path}' no name in the file that maps back to " +
            "it. Order or narrow them.");
    }

    /// <summary>What follows a path, null if the name is not under it.</summary>
    static string? Rest(string name, string path) => path.Length == 0 ? name
        : name == path ? ""
        : name.Length > path.Length && name[path.Length] == '.' && name.StartsWith(path, StringComparison.Ordinal) ? name[(path.Length + 1)..] : null;

    static string Join(string path, string rest) => path.Length == 0 ? rest : rest.Length == 0 ? path : $"{path}.{rest}";
}
