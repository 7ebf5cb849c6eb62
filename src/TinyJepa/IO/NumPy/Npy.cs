namespace TinyJepa.IO;

/// <summary>Reads and writes one array in NumPy's .npy format. Written files have the bytes that <c>numpy.save</c> writes.</summary>
public static class Npy
{
    /// <summary>Reads one array as a tensor.</summary>
    /// <param name="path">The file. C and Fortran order, little- and big-endian are read.</param>
    /// <param name="convert">Convert other element types to float32, rounding where necessary; otherwise they are refused.</param>
    /// <exception cref="InvalidDataException">The file is not a valid .npy file, or holds something other than a numeric array; the message says
    /// what.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static Tensor Read(string path, bool convert = false) => Read(ByteSource.OpenFile(path), convert);

    /// <summary>Reads one array from a stream, to its end.</summary>
    /// <inheritdoc cref="Read(string, bool)"/>
    public static Tensor Read(Stream stream, bool convert = false) => Read(ByteSource.Of(stream, "the stream"), convert);

    /// <summary>Reads one array from memory.</summary>
    /// <inheritdoc cref="Read(string, bool)"/>
    public static Tensor Read(ReadOnlyMemory<byte> bytes, bool convert = false) => Read(ByteSource.Of(bytes, "the file in memory"), convert);

    /// <summary>Writes a tensor as float32, row-major.</summary>
    /// <param name="path">The file; an existing one is replaced atomically.</param>
    /// <param name="value">The tensor.</param>
    /// <exception cref="IOException">The file cannot be written; an existing one is unchanged.</exception>
    public static void Save(string path, Tensor value) => AtomicFile.Write(path, stream => Write(stream, new WrittenTensor("", value)));

    /// <summary>Writes a stored tensor row-major in its own type.</summary>
    /// <exception cref="ArgumentException">NumPy has no such type (BF16, F8).</exception>
    /// <inheritdoc cref="Save(string, Tensor)"/>
    public static void Save(string path, StoredTensor value) => AtomicFile.Write(path, stream => Write(stream, new WrittenTensor(value)));

    internal static void Write(Stream stream, WrittenTensor value)
    {
        stream.Write(NpyHeader.Write(value.Type, value.Shape));
        value.Write(stream);
    }

    internal static TensorFile Parse(ByteSource source)
    {
        Span<byte> first = stackalloc byte[(int)Math.Min(source.Length, NpyHeader.Longest + 12)];
        source.Read(0, first);
        var header = NpyHeader.Read(first, source.Length, source.Name);
        var name = Path.GetFileNameWithoutExtension(source.Name) is { Length: > 0 } file ? file : "array";
        var tensor = new StoredTensor(name, header.Type, header.Shape, source, null, header.DataStart, header.Strides, header.BigEndian);
        return new TensorFile(source, TensorFormat.Npy, [tensor], new Dictionary<string, object?>());
    }

    static Tensor Read(ByteSource source, bool convert)
    {
        using (source) return Parse(source).Tensors[0].ToTensor(convert);
    }
}
