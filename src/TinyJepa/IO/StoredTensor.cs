using System.Buffers;
using System.Runtime.InteropServices;

namespace TinyJepa.IO;

/// <summary>A tensor as it lies in a file: checked, but not yet read.</summary>
public sealed class StoredTensor
{
    const int Chunk = 65536;

    readonly ByteSource _source;
    readonly ZipEntry? _entry;
    readonly long _offset;
    readonly long[]? _strides;                           // in numbers; null: row-major without gaps
    readonly bool _bigEndian;

    /// <summary>The caller has checked that every number lies inside the source, or inside the entry of a zip that is the source.</summary>
    internal StoredTensor(string name, NumberType type, in Shape shape, ByteSource source, ZipEntry? entry, long offset, long[]? strides = null, bool bigEndian = false) =>
        (Name, Type, Shape, _source, _entry, _offset, _strides, _bigEndian) = (name, type, shape, source, entry, offset, strides, bigEndian && type.Bytes() > 1);

    /// <summary>Its name in the file; names of nested dictionaries are joined by dots.</summary>
    public string Name { get; }

    /// <summary>The type of its numbers.</summary>
    public NumberType Type { get; }

    /// <summary>The sizes of its axes.</summary>
    public Shape Shape { get; }

    /// <summary>Whether the numbers lie row-major, without gaps and little-endian, as safetensors files have them.</summary>
    public bool IsPlain => _strides is null && !_bigEndian;

    /// <summary>The numbers where they lie, without a copy. They are valid until the file is disposed.</summary>
    /// <returns>False if they are not float32, not <see cref="IsPlain"/>, not aligned to four bytes, or not in memory as they are (a compressed entry).</returns>
    public bool TryFloats(out ReadOnlySpan<float> floats)
    {
        floats = default;
        if (Type != NumberType.F32 || !IsPlain || !BitConverter.IsLittleEndian || _entry is { Deflated: true } || !Numbers().TrySpan(_offset, Shape.Elements * 4L, out var bytes)) return false;
        if (!Aligned(bytes)) return false;
        floats = MemoryMarshal.Cast<byte, float>(bytes);
        return true;
    }

    /// <summary>The numbers, row-major, as float32.</summary>
    /// <param name="destination">Room for them.</param>
    /// <param name="convert">Turn other number types into float32, rounding where they are finer; otherwise they are refused.</param>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    /// <exception cref="InvalidDataException">The type was not to be converted, or a compressed or summed entry does not hold what it says.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public void CopyTo(Span<float> destination, bool convert = false)
    {
        CheckType(convert);
        if (destination.Length < Shape.Elements) throw new ArgumentException($"The tensor '{Name}' of shape {Shape} has {Shape.Elements} numbers; the span has room for {destination.Length}.", nameof(destination));
        var y = destination[..Shape.Elements];
        var (source, start) = Open();
        if (Type == NumberType.F32 && IsPlain && BitConverter.IsLittleEndian)
        {
            for (var done = 0; done < y.Length; done += 1 << 28)
            {
                var part = y.Slice(done, Math.Min(1 << 28, y.Length - done));            // bytes of a span are counted in 31 bits
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
                NumberTypes.ToFloats(buffer, Type, y.Slice(done, count));
                done += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>A tensor with a copy of the numbers.</summary>
    /// <inheritdoc cref="CopyTo"/>
    public Tensor ToTensor(bool convert = false)
    {
        CheckType(convert);
        Verify();
        var y = Tensor.Empty(Shape, Backend.Cpu);
        CopyTo(y.Span, convert);
        return y.To(Backend.Default);
    }

    /// <summary>Its bytes as safetensors files have them: row-major, without gaps, little-endian, in the type they are stored in.</summary>
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

    /// <summary>Checks what only reading can show, such as sums and compressed data, before anything is overwritten.</summary>
    internal void Verify() => _entry?.Verify();

    internal void CheckType(bool convert)
    {
        if (Type == NumberType.F32 || (convert && Type.Convertible())) return;
        throw new InvalidDataException($"{_source.Name}: the tensor '{Names.Shown(Name)}' is of type {Type}, not F32. {(Type.Convertible() ? "Read it with convert: true" : "Convert it where it was made")}.");
    }

    /// <summary>Where to read from. Scattered numbers are brought into memory first: one read of a file, not one per number.</summary>
    (ByteSource Source, long Start) Open()
    {
        var source = Numbers();
        if (_strides is null || Shape.Elements == 0) return (source, _offset);
        var size = Type.Bytes();
        var extent = 1L;
        for (var axis = 0; axis < Shape.Rank; axis++) extent += (Shape[axis] - 1) * _strides[axis];
        if (source.TrySpan(_offset, extent * size, out _) || extent * size > Array.MaxLength) return (source, _offset);
        var bytes = new byte[extent * size];
        source.Read(_offset, bytes);
        return (ByteSource.Of(bytes, _source.Name), 0);
    }

    ByteSource Numbers() => _entry is null ? _source : _entry.Open();

    void ReadPart(ByteSource source, long start, int first, Span<byte> bytes)
    {
        var size = Type.Bytes();
        if (_strides is null) source.Read(start + (long)first * size, bytes);
        else Gather(source, start, first, bytes, size);
        if (_bigEndian) NumberTypes.Reverse(bytes, size);
    }

    /// <summary>Collects numbers in row-major order from wherever their strides put them.</summary>
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
