namespace TinyJepa.IO;

/// <summary>The kinds of tensor files.</summary>
public enum TensorFormat
{
    /// <summary>JSON header and numbers (Hugging Face).</summary>
    Safetensors,

    /// <summary>A zip of pickled structure and storages, as <c>torch.save</c> writes it.</summary>
    Torch,

    /// <summary>One NumPy array.</summary>
    Npy,

    /// <summary>A zip of NumPy arrays.</summary>
    Npz,
}

/// <summary>
/// An open file of named tensors: safetensors, PyTorch's <c>.pt</c>, NumPy's <c>.npy</c> or <c>.npz</c>, told apart by their first bytes.
/// Opening checks every rule of the format; numbers are read when they are asked for. No file can run code.
/// </summary>
/// <example><code>
/// using var file = TensorFile.Open("weights.pt");
/// foreach (var tensor in file.Tensors) Console.WriteLine($"{tensor.Name} {tensor.Type} {tensor.Shape}");
/// StateDict.Load(file, new LoadOptions { Under = "model", Convert = true }, p);
/// </code></example>
public sealed class TensorFile : IDisposable
{
    readonly ByteSource _source;
    readonly Dictionary<string, StoredTensor> _byName;

    internal TensorFile(ByteSource source, TensorFormat format, IReadOnlyList<StoredTensor> tensors, IReadOnlyDictionary<string, object?> values)
    {
        (_source, Format, Tensors, Values) = (source, format, tensors, values);
        _byName = new Dictionary<string, StoredTensor>(tensors.Count, StringComparer.Ordinal);
        foreach (var tensor in tensors) _byName.Add(tensor.Name, tensor);
    }

    /// <summary>How messages call the file.</summary>
    public string Name => _source.Name;

    /// <summary>What kind of file it is.</summary>
    public TensorFormat Format { get; }

    /// <summary>The tensors in the order of the file.</summary>
    public IReadOnlyList<StoredTensor> Tensors { get; }

    /// <summary>
    /// What stands beside the tensors, by name: the texts of a safetensors file's metadata; of a PyTorch file the plain values, which are
    /// string, long, double, bool, null, <see cref="System.Numerics.BigInteger"/> or lists of these.
    /// </summary>
    public IReadOnlyDictionary<string, object?> Values { get; }

    /// <summary>The tensor of that name.</summary>
    /// <exception cref="KeyNotFoundException">There is none; the message lists some that exist.</exception>
    public StoredTensor this[string name] => Find(name)
        ?? throw new KeyNotFoundException($"{Name} has no tensor '{name}'. It has: {string.Join(", ", Tensors.Take(20).Select(tensor => Names.Shown(tensor.Name)))}.");

    /// <summary>Opens a file and maps it into memory: numbers are used where they lie. Nobody may shorten it while it is open.</summary>
    /// <exception cref="InvalidDataException">It is none of these files or not a sound one; the message says what is wrong.</exception>
    /// <exception cref="IOException">It cannot be read, or is a folder.</exception>
    public static TensorFile Open(string path) => Parse(ByteSource.OpenMapped(path));

    /// <summary>Reads a stream to its end.</summary>
    /// <param name="stream">The bytes; not disposed.</param>
    /// <param name="name">How messages call it.</param>
    /// <inheritdoc cref="Open"/>
    public static TensorFile Read(Stream stream, string name = "the stream") => Parse(ByteSource.Of(stream, name));

    /// <summary>Reads a file that is in memory; its bytes are used where they lie.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="name">How messages call it.</param>
    /// <inheritdoc cref="Open"/>
    public static TensorFile Read(ReadOnlyMemory<byte> bytes, string name = "the file in memory") => Parse(ByteSource.Of(bytes, name));

    /// <summary>Opens a file without mapping it: slower, and safe from whoever shortens it meanwhile.</summary>
    internal static TensorFile OpenUnmapped(string path) => Parse(ByteSource.OpenFile(path));

    /// <summary>Lets go of the file. Spans on its numbers must not be used any more.</summary>
    public void Dispose() => _source.Dispose();

    internal StoredTensor? Find(string name) => _byName.GetValueOrDefault(name);

    internal static TensorFile Parse(ByteSource source)
    {
        try
        {
            return source switch
            {
                _ when source.Length == 0 => throw new InvalidDataException($"{source.Name} is empty."),
                _ when SafetensorsHeader.Begins(source) => Safetensors.Parse(source),
                _ when source.Begins("PK\u0003\u0004"u8) || source.Begins("PK\u0005\u0006"u8) => Zipped(source),
                _ when source.Begins(NpyHeader.Magic) => Npy.Parse(source),
                _ when source.Begins([0x89, (byte)'H', (byte)'D', (byte)'F']) => throw new InvalidDataException(
                    $"{source.Name} is an HDF5 file. Turn it into an .npz where it was made: numpy.savez(\"file.npz\", **{{k: v[...] for k, v in h5py.File(\"file.h5\").items()}})."),
                _ when TorchFile.IsOldFormat(source) => throw TorchFile.OldFormat(source),
                _ => Safetensors.Parse(source),
            };
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    static TensorFile Zipped(ByteSource source)
    {
        var zip = ZipDirectory.Read(source);
        if (zip.Entries.Any(entry => entry.Name.EndsWith(".pkl", StringComparison.Ordinal))) return TorchFile.Parse(zip);
        if (zip.Entries.All(entry => entry.Name.EndsWith(".npy", StringComparison.Ordinal))) return Npz.Parse(zip);
        throw new InvalidDataException($"{source.Name} is a zip, but neither PyTorch's (it has no data.pkl) nor NumPy's (not all its entries are .npy).");
    }
}
