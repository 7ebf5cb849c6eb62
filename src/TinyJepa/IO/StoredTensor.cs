using System.Buffers;
using System.Runtime.InteropServices;

namespace TinyJepa.IO;

/// <summary>A tensor in an open file: checked, but not yet read.</summary>
public sealed class StoredTensor
{
    const int Chunk = 65536;

    readonly ByteSource _source;
    readonly ZipEntry? _entry;
    readonly long _offset;
    readonly long[]? _strides;                           // in elements; null: row-major without gaps
    readonly bool _bigEndian;

    /// <summary>The caller has checked that every element lies inside the source, or inside the entry of a zip that is the source.</summary>
    internal StoredTensor(
        string name, ElementType type, in Shape shape, ByteSource source, ZipEntry? entry, long offset, long[]? strides = null, bool bigEndian = false)
    {
        (Name, Type, Shape) = (name, type, shape);
        (_source, _entry, _offset, _strides, _bigEndian) = (source, entry, offset, strides, bigEndian && type.Bytes() > 1);
    }

    /// <summary>Its name in the file; names of nested dictionaries are joined by dots.</summary>
    public string Name { get; }

    /// <summary>The type of its elements.</summary>
    public ElementType Type { get; }

    /// <summary>The sizes of its axes.</summary>
    public Shape Shape { get; }

    /// <summary>Whether the elements are stored row-major, without gaps and little-endian, as in safetensors files.</summary>
    public bool IsPlain => _strides is null && !_bigEndian;

    /// <summary>The elements without a copy. The span is valid until the file is disposed.</summary>
    /// <returns>False if they are not float32, not <see cref="IsPlain"/>, not aligned to four bytes, or not in memory as they are (a compressed
    /// entry).</returns>
    public bool TryFloats(out ReadOnlySpan<float> floats)
    {
        floats = default;
        if (Type != ElementType.F32 || !IsPlain || !BitConverter.IsLittleEndian || _entry is { Deflated: true }) return false;
        if (!Data().TrySpan(_offset, Shape.Elements * 4L, out var bytes) || !Aligned(bytes)) return false;
        floats = MemoryMarshal.Cast<byte, float>(bytes);
        return true;
    }

    /// <summary>Copies the elements, row-major, as float32.</summary>
    /// <param name="destination">At least as long as the tensor has elements.</param>
    /// <param name="convert">Convert other element types to float32, rounding where necessary; otherwise they are refused.</param>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    /// <exception cref="InvalidDataException">The type is not float32 and <paramref name="convert"/> is not set, or a zip entry is damaged.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public void CopyTo(Span<float> destination, bool convert = false)
    {
        CheckType(convert);
        if (destination.Length < Shape.Elements)
            throw new ArgumentException($"The tensor '{Name}' of shape {Shape} has {Shape.Elements} elements, but the span has room for " +
                $"{destination.Length}.", nameof(destination));
        var y = destination[..Shape.Elements];
        var (source, start) = Open();
        if (Type == ElementType.F32 && IsPlain && BitConverter.IsLittleEndian)
        {
            for (var done = 0; done < y.Length; done += 1 << 28)
            {
                var part = y.Slice(done, Math.Min(1 << 28, y.Length - done));            // a span has at most 2³¹ − 1 bytes
                source.Read(start + 4L * done, MemoryMarshal.AsBytes(part));
            }

            return;
        }

        var size = Type.Bytes();
        var buffer = ArrayPool<byte>.Shared.Rent(Chunk);
        try
        {
            for (var done = 0; done < y.Length;)
            {
                var count = Math.Min(Chunk / size, y.Length - done);
                ReadPart(source, start, done, buffer.AsSpan(0, count * size));
                ElementTypes.ToFloats(buffer, Type, y.Slice(done, count));
                done += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>A tensor with a copy of the elements.</summary>
    /// <inheritdoc cref="CopyTo"/>
    public Tensor ToTensor(bool convert = false)
    {
        CheckType(convert);
        Verify();
        var y = Tensor.Empty(Shape, Backend.Cpu);
        CopyTo(y.Span, convert);
        return y.To(Backend.Default);
    }

    /// <summary>Writes the bytes as in safetensors files: row-major, without gaps, little-endian, in the stored type.</summary>
    internal void Write(Stream stream)
    {
        var (source, start) = Open();
        var size = Type.Bytes();
        var buffer = ArrayPool<byte>.Shared.Rent(Chunk);
        try
        {
            for (var done = 0; done < Shape.Elements;)
            {
                var count = Math.Min(Chunk / size, Shape.Elements - done);
                ReadPart(source, start, done, buffer.AsSpan(0, count * size));
                stream.Write(buffer, 0, count * size);
                done += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Verifies checksums and compressed data, before anything is overwritten.</summary>
    internal void Verify() => _entry?.Verify();

    internal void CheckType(bool convert)
    {
        if (Type == ElementType.F32 || (convert && Type.Convertible())) return;
        throw new InvalidDataException($"{_source.Name}: the tensor '{Names.Shown(Name)}' is of type {Type}, not F32. " +
            $"{(Type.Convertible() ? "Read it with convert: true" : "Convert it with the program that wrote it")}.");
    }

    /// <summary>Where to read from. Strided elements are read into memory first: one read of the file instead of one per element.</summary>
    (ByteSource Source, long Start) Open()
    {
        var source = Data();
        if (_strides is null || Shape.Elements == 0) return (source, _offset);
        var size = Type.Bytes();
        var extent = 1L;
        for (var axis = 0; axis < Shape.Rank; axis++) extent += (Shape[axis] - 1) * _strides[axis];
        if (source.TrySpan(_offset, extent * size, out _) || extent * size > Array.MaxLength) return (source, _offset);
        var bytes = new byte[extent * size];
        source.Read(_offset, bytes);
        return (ByteSource.Of(bytes, _source.Name), 0);
    }

    ByteSource Data() => _entry is null ? _source : _entry.Open();

    void ReadPart(ByteSource source, long start, int first, Span<byte> bytes)
    {
        var size = Type.Bytes();
        if (_strides is null) source.Read(start + (long)first * size, bytes);
        else Gather(source, start, first, bytes, size);
        if (_bigEndian) ElementTypes.Reverse(bytes, size);
    }

    /// <summary>Collects strided elements in row-major order.</summary>
    void Gather(ByteSource source, long start, int first, Span<byte> bytes, int size)
    {
        Span<int> index = stackalloc int[Shape.MaxRank];
        var at = 0L;
        for (int axis = Shape.Rank - 1, rest = first; axis >= 0; rest /= Math.Max(1, Shape[axis--]))
        {
            index[axis] = rest % Shape[axis];
            at += index[axis] * _strides![axis];
        }

        for (var done = 0; done < bytes.Length; done += size)
        {
            source.Read(start + at * size, bytes.Slice(done, size));
            for (var axis = Shape.Rank - 1; axis >= 0; axis--)
            {
                at += _strides![axis];
                if (++index[axis] < Shape[axis]) break;
                at -= index[axis] * _strides[axis];
                index[axis] = 0;
            }
        }
    }

    static unsafe bool Aligned(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* first = bytes) return (nuint)first % sizeof(float) == 0;
    }
}
