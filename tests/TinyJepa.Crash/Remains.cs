using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using TinyJepa.IO;

namespace TinyJepa.Crash;

/// <summary>What lies in the folder of a training that was killed or has ended.</summary>
sealed class Remains
{
    readonly string _folder;

    internal Remains(string folder)
    {
        _folder = folder;
        foreach (var training in Trainings()) Look(training);
        foreach (var weights in Directory.EnumerateFiles(folder, "*.safetensors")) Try(weights, () => TensorFile.Open(weights).Dispose());
        if (File.Exists(Figures)) Try(Figures, () => JsonDocument.Parse(File.ReadAllBytes(Figures)).Dispose());
        HalfWritten = Directory.EnumerateFiles(folder, "*.tmp", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }).Select(path => Path.GetRelativePath(folder, path)).ToHashSet();
    }

    /// <summary>The newest sound checkpoint of each training.</summary>
    internal Dictionary<string, long> Newest { get; } = [];

    /// <summary>Files under their final names that are not whole, each with what is wrong.</summary>
    internal List<string> Torn { get; } = [];

    /// <summary>Files under the names that they have while they are written.</summary>
    internal HashSet<string> HalfWritten { get; }

    string Figures => Path.Combine(_folder, "metrics.json");

    /// <summary>
    /// Differs when any number that the training has come to differs in any bit: weights, moments, averages, streams, curves and figures, all
    /// but the time it took.
    /// </summary>
    internal string Fingerprint()
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var path in Directory.EnumerateFiles(_folder, "*.safetensors", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            Add(Path.GetRelativePath(_folder, path));
            using var file = TensorFile.Open(path);
            foreach (var tensor in file.Tensors.Where(tensor => !tensor.Name.StartsWith("clock.", StringComparison.Ordinal)))
            {
                using var bytes = new MemoryStream();
                tensor.Write(bytes);
                Add($"{tensor.Name} {tensor.Type} {tensor.Shape}");
                sha.AppendData(bytes.ToArray());
            }
        }

        using var figures = JsonDocument.Parse(File.ReadAllBytes(Figures));
        foreach (var figure in figures.RootElement.GetProperty("figures").EnumerateObject())
            if (!figure.Name.EndsWith("_seconds", StringComparison.Ordinal)) Add($"{figure.Name} {figure.Value.GetRawText()}");
        return Convert.ToHexStringLower(sha.GetHashAndReset())[..16];

        void Add(string text) => sha.AppendData(Encoding.UTF8.GetBytes(text));
    }

    /// <summary>The steps of the checkpoints under their final names.</summary>
    internal static IEnumerable<string> CheckpointsIn(string folder) =>
        Directory.Exists(Path.Combine(folder, "checkpoints")) ? Directory.EnumerateFiles(Path.Combine(folder, "checkpoints"), "step-*.safetensors", SearchOption.AllDirectories) : [];

    IEnumerable<string> Trainings() => CheckpointsIn(_folder).Select(path => Path.GetDirectoryName(path)!).Distinct();

    void Look(string training)
    {
        foreach (var path in Directory.EnumerateFiles(training, "step-*.safetensors").Order(StringComparer.Ordinal))
            Try(path, () =>
            {
                using var file = Checkpoint.OpenSound(path);
                Newest[Path.GetFileName(training)] = long.Parse((string)file.Values["step"]!, null);
            });
    }

    void Try(string path, Action open)
    {
        try
        {
            open();
        }
        catch (Exception error) when (error is InvalidDataException or IOException or JsonException)
        {
            Torn.Add($"{Path.GetRelativePath(_folder, path)}: {error.Message}");
        }
    }
}
