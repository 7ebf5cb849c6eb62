using System.Diagnostics;
using System.Globalization;
using TinyJepa.IO;

namespace TinyJepa.Fuzz;

/// <summary>
/// Feeds made and mutated files to the readers and holds them to three promises: nothing but the documented exceptions, no input longer
/// than a second, no more memory than the file's size and 64 KB before it is found sound. Without instrumentation, the sentence of a
/// refusal tells which line refused: an input with a sentence not seen before joins the corpus, so mutation works its way inwards.
/// </summary>
sealed class Fuzzer
{
    internal const int Slack = 64 << 10;
    const int Largest = 6 << 10, MostKept = 4096, MostFloats = 1 << 18;

    readonly Rng _rng;
    readonly Mutator _mutator;
    readonly List<byte[]> _corpus;
    readonly HashSet<int> _seen = [];
    readonly string? _folder;
    long _started;
    byte[] _input = [];

    /// <param name="seed">Everything is a function of it and the corpus.</param>
    /// <param name="corpus">Files to begin with; long ones are passed over.</param>
    /// <param name="folder">Where inputs that break a promise are saved.</param>
    internal Fuzzer(long seed, IEnumerable<byte[]> corpus, string? folder = null)
    {
        _rng = new Rng(seed)["fuzz"];
        _corpus = [.. corpus.Where(bytes => bytes.Length <= Largest)];
        _mutator = new Mutator(_rng);
        _folder = folder;
    }

    internal FuzzFigures Figures { get; } = new();

    /// <summary>How long the input in work has taken, for a watchdog.</summary>
    internal TimeSpan Busy => Volatile.Read(ref _started) is var started && started == 0 ? TimeSpan.Zero : Stopwatch.GetElapsedTime(started);

    /// <summary>The input in work.</summary>
    internal byte[] Input => _input;

    /// <summary>Makes and reads inputs.</summary>
    internal void Run(long inputs, CancellationToken stop = default)
    {
        foreach (var file in _corpus.ToArray()) Warm(file);
        foreach (var file in _corpus.ToArray()) Try(file);
        for (var i = 0L; i < inputs && !stop.IsCancellationRequested; i++) Try(Next());
    }

    /// <summary>Tables and texts of the framework that are made on first use are not the readers' memory.</summary>
    static void Warm(byte[] file)
    {
        try
        {
            using var _ = TensorFile.Read(file);
        }
        catch (InvalidDataException)
        {
        }
    }

    byte[] Next()
    {
        var input = _rng.NextInt(10) switch
        {
            0 => SafetensorsMaker.Make(_rng),
            1 => NpyMaker.Make(_rng),
            2 => ZipMaker.Npz(_rng),
            3 or 4 => ZipMaker.Torch(_rng, PickleMaker.Make(_rng)),
            5 or 6 when ZipMaker.PickleOf(Pick()) is { Length: > 0 } pickle => ZipMaker.Torch(_rng, _mutator.Mutate(pickle, Pick())),
            _ => _mutator.Mutate(Pick(), Pick()),
        };
        return input.Length <= Largest ? input : input[..Largest];
    }

    byte[] Pick() => _corpus[_rng.NextInt(_corpus.Count)];

    void Try(byte[] input)
    {
        _input = input;
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        Volatile.Write(ref _started, Stopwatch.GetTimestamp());
        TensorFile? file = null;
        string signature;
        try
        {
            file = TensorFile.Read(input);
            signature = Accepted(file);
        }
        catch (Exception error) when (error is InvalidDataException or IOException)
        {
            signature = error.Message;
        }
        catch (Exception error)
        {
            Broke("crash", input, error.ToString());
            signature = error.GetType().Name;
        }

        var memory = GC.GetAllocatedBytesForCurrentThread() - allocated;
        if (file is not null) signature = ReadNumbers(input, file) ?? signature;
        var time = Stopwatch.GetElapsedTime(Volatile.Read(ref _started));
        Volatile.Write(ref _started, 0);
        Figures.Count(input.Length, file is not null, memory, time);
        if (memory > input.Length + Slack) Broke("memory", input, $"{memory} bytes for a file of {input.Length}: {signature}");
        if (time > TimeSpan.FromSeconds(1)) Broke("hang", input, $"{time.TotalSeconds:F2} s: {signature}");
        if (signature.Length > 2000 || signature.Any(char.IsControl)) Broke("sentence", input, signature);
        if (!_seen.Add(Path(signature)) || _corpus.Count >= MostKept) return;
        _corpus.Add(input);
        Figures.Paths++;
    }

    /// <summary>What a sound file may now cost: its numbers. Reading them must not fail otherwise than documented either.</summary>
    string? ReadNumbers(byte[] input, TensorFile file)
    {
        try
        {
            using var scope = Scope.Begin();
            var floats = 0L;
            foreach (var tensor in file.Tensors)
            {
                tensor.TryFloats(out _);
                if ((floats += tensor.Shape.Elements) > MostFloats) break;
                tensor.ToTensor(convert: true);
            }

            return null;
        }
        catch (Exception error) when (error is InvalidDataException or IOException)
        {
            return error.Message;
        }
        catch (Exception error)
        {
            Broke("crash", input, error.ToString());
            return error.GetType().Name;
        }
    }

    static string Accepted(TensorFile file)
    {
        var types = file.Tensors.Select(tensor => (1 << (int)tensor.Type) | (tensor.IsPlain ? 0 : 1 << 20) | (tensor.Shape.Elements == 0 ? 1 << 21 : 0)).Aggregate(0, (a, b) => a | b);
        return $"{file.Format} {(char)('a' + Math.Min(20, file.Tensors.Count))} {(char)('a' + Math.Min(20, file.Values.Count))} {Letters(types)}";
    }

    static string Letters(int bits) => string.Concat(Enumerable.Range(0, 24).Where(bit => (bits >> bit & 1) != 0).Select(bit => (char)('a' + bit)));

    /// <summary>A sentence without its numbers, names and what stands in brackets: what is left belongs to one line of code.</summary>
    static int Path(string sentence)
    {
        var hash = new HashCode();
        var quoted = false;
        foreach (var letter in sentence)
        {
            if (letter == '(') break;
            if (letter == '\'') quoted = !quoted;
            else if (!quoted && !char.IsAsciiDigit(letter)) hash.Add(letter);
        }

        return hash.ToHashCode();
    }

    void Broke(string promise, byte[] input, string what)
    {
        Figures.Broken.Add($"{promise}: {what}");
        if (_folder is null) return;
        Directory.CreateDirectory(_folder);
        var name = System.IO.Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"{promise}-{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(input))[..12]}"));
        File.WriteAllBytes(name, input);
        File.WriteAllText(name + ".txt", what);
    }
}
