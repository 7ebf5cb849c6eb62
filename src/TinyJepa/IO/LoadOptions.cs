namespace TinyJepa.IO;

/// <summary>How names of a file become paths of a model, and what may be left over.</summary>
public sealed record LoadOptions
{
    /// <summary>Everything must match, and be float32 already.</summary>
    public static LoadOptions Exact { get; } = new();

    /// <summary>Only what stands under this path of the file is looked at, and loses it: <c>model</c> for a checkpoint of a model beside its optimiser.</summary>
    public string Under { get; init; } = "";

    /// <summary>
    /// Beginnings of names in the file and what stands for them in the model, as whole path parts: <c>("module", "")</c> drops what
    /// DataParallel adds, <c>("net.0", "first")</c> renames a layer. The first that fits is taken; other names stay.
    /// </summary>
    public IReadOnlyList<(string File, string Model)> Prefixes { get; init; } = [];

    /// <summary>Last parts of names in the file that are passed over, such as <c>num_batches_tracked</c>.</summary>
    public IReadOnlyList<string> Ignore { get; init; } = [];

    /// <summary>Whether a missing or unexpected name or another shape is an error. Otherwise they are reported, and what fits is loaded.</summary>
    public bool Strict { get; init; } = true;

    /// <summary>Turn other number types into float32, rounding where they are finer; otherwise they are refused.</summary>
    public bool Convert { get; init; }

    /// <summary>The path in the model of a name in the file; null if it is not looked at.</summary>
    internal string? ModelName(string name)
    {
        if (Rest(name, Under) is not { } path) return null;
        if (Ignore.Contains(path[(path.LastIndexOf('.') + 1)..])) return null;
        foreach (var (file, model) in Prefixes)
            if (Rest(path, file) is { } rest) return Join(model, rest);
        return path;
    }

    /// <summary>The name in the file of a path in the model: the first that leads back to it.</summary>
    /// <exception cref="ArgumentException">No name does.</exception>
    internal string FileName(string path)
    {
        foreach (var (file, model) in Prefixes)
            if (Rest(path, model) is { } rest && Join(Under, Join(file, rest)) is var name && ModelName(name) == path) return name;
        var same = Join(Under, path);
        return ModelName(same) == path ? same : throw new ArgumentException($"The prefixes give the parameter '{path}' no name in the file that would lead back to it. Order or narrow them.");
    }

    /// <summary>What follows a path, null if the name is not under it.</summary>
    static string? Rest(string name, string path) => path.Length == 0 ? name
        : name == path ? ""
        : name.Length > path.Length && name[path.Length] == '.' && name.StartsWith(path, StringComparison.Ordinal) ? name[(path.Length + 1)..] : null;

    static string Join(string path, string rest) => path.Length == 0 ? rest : rest.Length == 0 ? path : $"{path}.{rest}";
}
