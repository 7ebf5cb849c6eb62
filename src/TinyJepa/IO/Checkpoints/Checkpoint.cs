using System.Globalization;
using System.Security.Cryptography;
using TinyJepa.Nn;

namespace TinyJepa.IO;

/// <summary>What <see cref="Checkpoint.Resume"/> found.</summary>
/// <param name="Step">The step that was saved.</param>
/// <param name="File">The file.</param>
/// <param name="Damaged">Why newer files were skipped, one sentence each; empty if the newest was intact.</param>
public sealed record Resumed(long Step, string File, IReadOnlyList<string> Damaged);

/// <summary>
/// Saves and resumes a training run. Each file holds everything the rest of the run depends on (parameters, moments, averages, random streams,
/// the position in the data) with a checksum, and is written atomically. A resumed run reaches the same bits as one that was never interrupted.
/// </summary>
/// <example><code>
/// var checkpoint = new Checkpoint("out/run") { Config = { ["recipe"] = "best" } }
///     .Add("model", p).Add("target", slow).Add("adam", adam).Add("batches", batches).Add("masks", masks);
/// for (var step = checkpoint.Resume()?.Step ?? 0; step &lt; steps;)
/// {
///     …                                                // one step
///     if (++step % 1000 == 0) checkpoint.Save(step);
/// }
/// </code></example>
public sealed class Checkpoint
{
    const string SumKey = "sha256", StepKey = "step", ConfigKey = "config.", Ending = ".safetensors";

    readonly string _folder;
    readonly int _keep;
    readonly List<(string Name, Parameters Set)> _sets = [];
    readonly List<(string Name, IResumable Part)> _parts = [];
    readonly HashSet<string> _names = new(StringComparer.Ordinal), _damaged = new(StringComparer.Ordinal);

    /// <summary>Checkpoints in a folder of their own. One process writes there at a time.</summary>
    /// <param name="folder">The folder; created when the first checkpoint is saved.</param>
    /// <param name="keep">How many of the newest to keep.</param>
    public Checkpoint(string folder, int keep = 3)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentOutOfRangeException.ThrowIfLessThan(keep, 1);
        (_folder, _keep) = (folder, keep);
    }

    /// <summary>The configuration of the run, as strings. Resuming with different values is an error, since the bits would differ.</summary>
    public IDictionary<string, string> Config { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Adds parameters, trained or not.</summary>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    public Checkpoint Add(string name, Parameters set)
    {
        ArgumentNullException.ThrowIfNull(set);
        _sets.Add((Unique(name), set));
        return this;
    }

    /// <summary>Adds an optimiser, a random stream, <see cref="Data.Batches"/> or other state of the program.</summary>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    public Checkpoint Add(string name, IResumable part)
    {
        ArgumentNullException.ThrowIfNull(part);
        _parts.Add((Unique(name), part));
        return this;
    }

    /// <summary>Saves a step and removes checkpoints that are too old.</summary>
    /// <param name="step">How many steps were taken.</param>
    /// <returns>The file.</returns>
    /// <exception cref="InvalidOperationException">There are intact files of later steps, which the next <see cref="Resume"/> would take instead.</exception>
    /// <exception cref="IOException">It cannot be written; existing files are unchanged.</exception>
    public string Save(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        if (Files().Find(path => StepOf(path) > step && !_damaged.Contains(path)) is { } later)
            throw new InvalidOperationException($"{later} is from a later step than {step}: call Resume() before the first step, or save into another folder.");
        var tensors = new List<WrittenTensor>();
        Visit(name => new StateWriter(tensors, name));
        tensors = Safetensors.InOrder(tensors);
        var config = Config.OrderBy(text => text.Key, StringComparer.Ordinal).Select(text => KeyValuePair.Create(ConfigKey + text.Key, text.Value));
        List<KeyValuePair<string, string>> texts = [.. config, KeyValuePair.Create(StepKey, Text(step))];
        texts.Add(KeyValuePair.Create(SumKey, SumOf(tensors, texts)));
        var path = Path.Combine(_folder, $"step-{step:D12}{Ending}");
        try
        {
            Directory.CreateDirectory(_folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"Cannot make the folder {Path.GetFullPath(_folder)}: {error.Message} Choose a folder that may be written to.", error);
        }

        Safetensors.Save(path, tensors, texts);
        Clean(path);
        return path;
    }

    /// <summary>Restores the newest intact file, if there is one. On any error nothing has changed.</summary>
    /// <returns>What was restored; null if there is no file.</returns>
    /// <exception cref="InvalidDataException">The file is from another program or configuration, or there are files but none is intact.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public Resumed? Resume()
    {
        var damaged = new List<string>();
        foreach (var path in Files())
        {
            TensorFile file;
            try
            {
                file = OpenSound(path);
            }
            catch (InvalidDataException error)
            {
                damaged.Add(error.Message);
                _damaged.Add(path);
                continue;
            }

            using (file) return new Resumed(Restore(file), path, damaged);
        }

        return damaged.Count == 0 ? null : throw new InvalidDataException($"No checkpoint in {_folder} is intact. Remove them to start from scratch. The " +
            $"newest: {damaged[0]}");
    }

    /// <summary>Removes checkpoints, damaged ones too: all of them, to start from scratch, or all but the newest, after a run has ended.</summary>
    /// <param name="keep">How many of the newest to keep.</param>
    /// <returns>How many were removed.</returns>
    /// <exception cref="IOException">One cannot be removed.</exception>
    public int Clear(int keep = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(keep);
        var old = Files().Skip(keep).ToList();
        try
        {
            old.ForEach(File.Delete);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new IOException($"Cannot remove old checkpoints from {Path.GetFullPath(_folder)}: {error.Message} Choose a folder that may be " +
                "written to.", error);
        }

        return old.Count;
    }

    long Restore(TensorFile file)
    {
        var theirs = file.Values.Where(value => value.Key.StartsWith(ConfigKey, StringComparison.Ordinal))
            .ToDictionary(value => value.Key[ConfigKey.Length..], value => (string)value.Value!, StringComparer.Ordinal);
        var other = Config.Keys.Union(theirs.Keys).Order(StringComparer.Ordinal)
            .FirstOrDefault(key => Config.TryGetValue(key, out var mine) != theirs.TryGetValue(key, out var saved) || mine != saved);
        var state = new StateReader(file, [], "", commit: false);
        if (other is not null)
            throw state.Unfit($"'{other}' is '{theirs.GetValueOrDefault(other, "not set")}' there and " +
                $"'{(Config.TryGetValue(other, out var here) ? here : "not set")}' here");
        if (!long.TryParse(file.Values.GetValueOrDefault(StepKey) as string, NumberStyles.None, CultureInfo.InvariantCulture, out var step))
            throw state.Unfit("it has no step");

        foreach (var commit in (ReadOnlySpan<bool>)[false, true])
        {
            var used = new HashSet<string>(StringComparer.Ordinal);
            Visit(name => new StateReader(file, used, name, commit));
            var left = file.Tensors.Select(tensor => tensor.Name).Where(name => !used.Contains(name)).ToList();
            if (left.Count > 0) throw state.Unfit(Names.List("it also has", left));
        }

        return step;
    }

    void Visit(Func<string, StateVisitor> stateOf)
    {
        foreach (var (name, set) in _sets)
        {
            var state = stateOf(name);
            foreach (var entry in set.Entries) state.Visit(set.NameOf(entry), entry.Value);
        }

        foreach (var (name, part) in _parts) part.Visit(stateOf(name));
    }

    /// <summary>Opens a file and verifies its checksum.</summary>
    /// <exception cref="InvalidDataException">It is damaged, or not a checkpoint.</exception>
    internal static TensorFile OpenSound(string path)
    {
        var file = TensorFile.Open(path);
        try
        {
            if (file.Format != TensorFormat.Safetensors) throw new InvalidDataException($"{path} is a {file.Format} file, not a checkpoint.");
            var texts = file.Values.Where(text => text.Key != SumKey).Select(text => KeyValuePair.Create(text.Key, (string)text.Value!));
            if (SumOf([.. file.Tensors.Select(tensor => new WrittenTensor(tensor))], texts) != file.Values.GetValueOrDefault(SumKey) as string)
                throw new InvalidDataException($"{path} is damaged: its checksum does not match.");
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>SHA-256 of the header without the checksum itself and of all values.</summary>
    static string SumOf(List<WrittenTensor> tensors, IEnumerable<KeyValuePair<string, string>> texts)
    {
        using var sha = SHA256.Create();
        using (var stream = new CryptoStream(Stream.Null, sha, CryptoStreamMode.Write))
        {
            stream.Write(SafetensorsHeader.Write(tensors, texts));
            foreach (var tensor in tensors) tensor.Write(stream);
        }

        return Convert.ToHexStringLower(sha.Hash!);
    }

    /// <summary>Newest first.</summary>
    List<string> Files() => !Directory.Exists(_folder) ? [] : [.. Directory.EnumerateFiles(_folder, "step-*" + Ending)
        .Where(path => StepOf(path) >= 0).OrderByDescending(StepOf)];

    static long StepOf(string path)
    {
        var digits = Path.GetFileNameWithoutExtension(path)["step-".Length..];
        return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var step) ? step : -1;
    }

    /// <summary>
    /// Removes files that are older than the last few, damaged, or partly written by a killed process. Files that cannot be removed are ignored.
    /// </summary>
    void Clean(string current)
    {
        var old = Files().Where(path => StepOf(path) <= StepOf(current)).Skip(_keep).Concat(_damaged.Where(path => path != current));
        foreach (var path in old.Concat(Directory.EnumerateFiles(_folder, $"step-*{Ending}.*.tmp")).ToList())
        {
            try
            {
                File.Delete(path);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
            }
        }
    }

    string Unique(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return _names.Add(name) ? name : throw new ArgumentException($"The checkpoint already has a part called '{name}'.", nameof(name));
    }

    static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
