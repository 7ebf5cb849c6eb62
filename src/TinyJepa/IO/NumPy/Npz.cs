namespace TinyJepa.IO;

/// <summary>Reads and writes named NumPy arrays in a zip. Written files have the bytes that <c>numpy.savez</c> writes; compressed files can be read.</summary>
public static class Npz
{
    /// <summary>Reads all arrays as tensors.</summary>
    /// <param name="path">The file.</param>
    /// <param name="convert">Convert other element types to float32, rounding where necessary; otherwise they are refused.</param>
    /// <returns>The tensors by name, without the <c>.npy</c> of the entries.</returns>
    /// <exception cref="InvalidDataException">The file is not a valid .npz file, or holds something other than numeric arrays; the message says
    /// what.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IReadOnlyDictionary<string, Tensor> Read(string path, bool convert = false) => Read(ByteSource.OpenFile(path), convert);

    /// <summary>Reads all arrays from a stream, to its end.</summary>
    /// <inheritdoc cref="Read(string, bool)"/>
    public static IReadOnlyDictionary<string, Tensor> Read(Stream stream, bool convert = false) => Read(ByteSource.Of(stream, "the stream"), convert);

    /// <summary>Reads all arrays from memory.</summary>
    /// <inheritdoc cref="Read(string, bool)"/>
    public static IReadOnlyDictionary<string, Tensor> Read(ReadOnlyMemory<byte> bytes, bool convert = false) =>
        Read(ByteSource.Of(bytes, "the file in memory"), convert);

    /// <summary>Writes tensors as float32, uncompressed, in the order given.</summary>
    /// <param name="path">The file; an existing one is replaced atomically.</param>
    /// <param name="tensors">Names, without <c>.npy</c>, and tensors.</param>
    /// <exception cref="ArgumentException">Two tensors have the same name, or one is empty or leads out of the zip.</exception>
    /// <exception cref="IOException">The file cannot be written; an existing one is unchanged.</exception>
    public static void Save(string path, IEnumerable<(string Name, Tensor Value)> tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        Save(path, [.. tensors.Select(tensor => new WrittenTensor(tensor.Name, tensor.Value))]);
    }

    /// <summary>Writes the tensors of another file, in their own types.</summary>
    /// <exception cref="ArgumentException">NumPy has no such type (BF16, F8).</exception>
    /// <inheritdoc cref="Save(string, IEnumerable{ValueTuple{string, Tensor}})"/>
    public static void Save(string path, TensorFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        Save(path, [.. file.Tensors.Select(tensor => new WrittenTensor(tensor))]);
    }

    internal static void Save(string path, IReadOnlyList<WrittenTensor> tensors)
    {
        WrittenTensor.CheckNames(tensors);
        foreach (var tensor in tensors)
            if (ZipDirectory.LeadsOut(tensor.Name))
                throw new ArgumentException($"The name '{Names.Shown(tensor.Name)}' leads out of the zip: neither a leading slash nor a backslash nor '..' " +
                    "may be in it.", nameof(tensors));
        AtomicFile.Write(path, stream =>
        {
            var zip = new ZipWriter(stream);
            foreach (var tensor in tensors) zip.Add(tensor.Name + ".npy", entry => Npy.Write(entry, tensor));
            zip.Finish();
        });
    }

    internal static TensorFile Parse(ZipDirectory zip)
    {
        var tensors = new List<StoredTensor>(zip.Entries.Count);
        Span<byte> buffer = stackalloc byte[NpyHeader.Longest + 12];
        foreach (var entry in zip.Entries)
        {
            var first = buffer[..(int)Math.Min(entry.Length, buffer.Length)];
            entry.ReadFirst(first);
            var header = NpyHeader.Read(first, entry.Length, $"{zip.Source.Name}, entry '{Names.Shown(entry.Name)}',");
            var start = entry.Offset + header.DataStart;
            tensors.Add(new StoredTensor(entry.Name[..^4], header.Type, header.Shape, zip.Source, entry, start, header.Strides, header.BigEndian));
        }

        return new TensorFile(zip.Source, TensorFormat.Npz, tensors, new Dictionary<string, object?>());
    }

    static Dictionary<string, Tensor> Read(ByteSource source, bool convert)
    {
        using (source)
        {
            var file = TensorFile.Parse(source);
            if (file.Format != TensorFormat.Npz)
                throw new InvalidDataException($"{source.Name} is a {file.Format} file, not an .npz. Open it with TensorFile.");
            return file.Tensors.ToDictionary(tensor => tensor.Name, tensor => tensor.ToTensor(convert), StringComparer.Ordinal);
        }
    }
}
