using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace TinyJepa.IO;

/// <summary>A tensor to be written: one of the program, written as float32, or one of another file, written in its own type.</summary>
sealed class WrittenTensor
{
    const int Longest = 1024;

    readonly Tensor _value;
    readonly StoredTensor? _stored;
    readonly byte[]? _bytes;

    internal WrittenTensor(string name, Tensor value) => (Name, Type, Shape, _value) = (name, ElementType.F32, value.Shape, value);

    internal WrittenTensor(StoredTensor stored) => (Name, Type, Shape, _stored) = (stored.Name, stored.Type, stored.Shape, stored);

    /// <param name="name">Its name.</param>
    /// <param name="type">The element type.</param>
    /// <param name="shape">The shape.</param>
    /// <param name="bytes">Row-major, little-endian.</param>
    internal WrittenTensor(string name, ElementType type, in Shape shape, byte[] bytes) => (Name, Type, Shape, _bytes) = (name, type, shape, bytes);

    internal string Name { get; }

    internal ElementType Type { get; }

    internal Shape Shape { get; }

    internal long Bytes => (long)Shape.Elements * Type.Bytes();

    /// <exception cref="ArgumentException">Two tensors have the same name, or one is empty or very long.</exception>
    internal static void CheckNames(IEnumerable<WrittenTensor> tensors)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var tensor in tensors)
        {
            if (string.IsNullOrEmpty(tensor.Name)) throw new ArgumentException("A tensor in a file needs a name.", nameof(tensors));
            if (tensor.Name.Length > Longest)
                throw new ArgumentException($"The name '{Names.Shown(tensor.Name)}' is longer than {Longest} characters.", nameof(tensors));
            if (!seen.Add(tensor.Name)) throw new ArgumentException($"A file cannot hold two tensors of the name '{tensor.Name}'.", nameof(tensors));
        }
    }

    /// <summary>Row-major, little-endian.</summary>
    internal void Write(Stream stream)
    {
        if (_stored is not null || _bytes is not null)
        {
            _stored?.Write(stream);
            stream.Write(_bytes ?? []);
            return;
        }

        var values = _value.ToArray();
        if (!BitConverter.IsLittleEndian)
        {
            var words = MemoryMarshal.Cast<float, int>(values.AsSpan());
            BinaryPrimitives.ReverseEndianness(words, words);
        }

        for (var rest = values.AsSpan(); rest.Length > 0;)
        {
            var part = rest[..Math.Min(rest.Length, 1 << 28)];               // a span has at most 2³¹ − 1 bytes
            stream.Write(MemoryMarshal.AsBytes(part));
            rest = rest[part.Length..];
        }
    }
}
