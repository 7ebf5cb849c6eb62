namespace TinyJepa.IO;

/// <summary>The formats of tensor files.</summary>
public enum TensorFormat
{
    /// <summary>JSON header and data (Hugging Face).</summary>
    Safetensors,

    /// <summary>A zip of pickled structure and storages, as <c>torch.save</c> writes it.</summary>
    Torch,

    /// <summary>One NumPy array.</summary>
    Npy,

    /// <summary>A zip of NumPy arrays.</summary>
    Npz,
}

/// <summary>
/// An open file of named tensors: safetensors, PyTorch's <c>.pt</c>, NumPy's <c>.npy</c> or <c>.npz</c>, recognised by their first bytes.
/// Opening checks every rule of the format; data is read on request. No file can execute code.
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

    /// <summary>The file's name in error messages.</summary>
    public string Name => _source.Name;

    /// <summary>The file's format.</summary>
    public TensorFormat Format { get; }

    /// <summary>The tensors in the order of the file.</summary>
    public IReadOnlyList<StoredTensor> Tensors { get; }

    /// <summary>
    /// Values stored with the tensors, by name: the metadata strings of a safetensors file; the plain values of a PyTorch file, which are
    /// string, long, double, bool, null, <see cref="System.Numerics.BigInteger"/> or lists of these.
    /// </summary>
    public IReadOnlyDictionary<string, object?> Values { get; }

    /// <summary>The tensor of that name.</summary>
    /// <exception cref="KeyNotFoundException">There is none; the message lists some that exist.</exception>
    public StoredTensor this[string name] => Find(name)
        ?? throw new KeyNotFoundException($"{Name} has no tensor '{name}'. It has: " +
            $"{string.Join(", ", Tensors.Take(20).Select(tensor => Names.Shown(tensor.Name)))}.");

    /// <summary>Opens a memory-mapped file: data is used without a copy. No program may truncate the file while it is open.</summary>
    /// <exception cref="InvalidDataException">It is not one of these formats or not valid; the message says what is wrong.</exception>
    /// <exception cref="IOException">It cannot be read, or is a folder.</exception>
    public static TensorFile Open(string path) => Parse(ByteSource.OpenMapped(path));

    /// <summary>Reads a stream to its end.</summary>
    /// <param name="stream">The bytes; not disposed.</param>
    /// <param name="name">Its name in error messages.</param>
    /// <inheritdoc cref="Open"/>
    public static TensorFile Read(Stream stream, string name = "the stream") => Parse(ByteSource.Of(stream, name));

    /// <summary>Reads a file that is in memory; its bytes are used without a copy.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="name">Its name in error messages.</param>
    /// <inheritdoc cref="Open"/>
    public static TensorFile Read(ReadOnlyMemory<byte> bytes, string name = "the file in memory") => Parse(ByteSource.Of(bytes, name));

    /// <summary>Opens a file without mapping it: slower, but safe if another program truncates it meanwhile.</summary>
    internal static TensorFile OpenUnmapped(string path) => Parse(ByteSource.OpenFile(path));

    /// <summary>Closes the file. Spans from it must not be used any more.</summary>
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
                    $"{source.Name} is an HDF5 file. Convert it to .npz with numpy: numpy.savez(\"file.npz\", **{{k: v[...] for k, v in " +
                    $"h5py.File(\"file.h5\").items()}})."),
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
