using System.IO.MemoryMappedFiles;

namespace TinyJepa.IO;

/// <summary>
/// The bytes of a file in memory, memory-mapped, or read on request. Readers check every size in the file against <see cref="Length"/> before they
/// allocate.
/// </summary>
abstract class ByteSource(string name, long length) : IDisposable
{
    /// <summary>The file's name in error messages.</summary>
    internal string Name { get; } = name;

    internal long Length { get; } = length;

    /// <summary>Fills the destination from an offset that the caller has checked.</summary>
    internal abstract void Read(long offset, Span<byte> destination);

    /// <summary>The bytes without a copy, if they are in memory.</summary>
    internal virtual bool TrySpan(long offset, long length, out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        return false;
    }

    /// <summary>The bytes, without a copy where possible.</summary>
    internal ReadOnlySpan<byte> Bytes(long offset, int length)
    {
        if (TrySpan(offset, length, out var bytes)) return bytes;
        var copy = new byte[length];
        Read(offset, copy);
        return copy;
    }

    internal bool Begins(ReadOnlySpan<byte> with)
    {
        if (Length < with.Length) return false;
        Span<byte> first = stackalloc byte[with.Length];
        Read(0, first);
        return first.SequenceEqual(with);
    }

    public void Dispose() => Close();

    private protected virtual void Close()
    {
    }

    /// <summary>A file that is read on request: truncating it meanwhile causes an exception, not a crash.</summary>
    internal static ByteSource OpenFile(string path) => new FileSource(path, OpenHandle(path, out var length), length);

    /// <summary>A memory-mapped file: bytes are used without a copy.</summary>
    internal static ByteSource OpenMapped(string path)
    {
        var handle = OpenHandle(path, out var length);
        if (length > 0) return new MappedSource(path, handle, length);
        handle.Dispose();                                    // an empty file cannot be mapped
        return new MemorySource(path, default);
    }

    internal static ByteSource Of(ReadOnlyMemory<byte> bytes, string name) => new MemorySource(name, bytes);

    /// <summary>The rest of a stream, copied to memory in chunks.</summary>
    internal static ByteSource Of(Stream stream, string name)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var copy = new MemoryStream();
        var chunk = new byte[65536];
        for (int count; (count = stream.Read(chunk)) > 0;)
        {
            if (copy.Length + count > Array.MaxLength)
                throw new IOException($"{name} is longer than {Array.MaxLength} bytes. Save it as a file and open that by its path.");
            copy.Write(chunk, 0, count);
        }

        return new MemorySource(name, copy.GetBuffer().AsMemory(0, (int)copy.Length));
    }

    static Microsoft.Win32.SafeHandles.SafeFileHandle OpenHandle(string path, out long length)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path)) throw new IOException($"{path} is a folder, not a file. Name a file in it.");
        Microsoft.Win32.SafeHandles.SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(path);
            length = RandomAccess.GetLength(handle);
            return handle;
        }
        catch (Exception error) when (error is UnauthorizedAccessException or NotSupportedException)
        {
            handle?.Dispose();
            throw new IOException($"{path} cannot be read: {error.Message} Choose an ordinary file that you may read.", error);
        }
        catch (FileNotFoundException error)
        {
            throw new FileNotFoundException($"There is no file {Path.GetFullPath(path)}. Check the name.", path, error);
        }
        catch (DirectoryNotFoundException error)
        {
            throw new DirectoryNotFoundException($"There is no file {Path.GetFullPath(path)}, nor its folder. Check the name.", error);
        }
    }

    sealed class MemorySource(string name, ReadOnlyMemory<byte> bytes) : ByteSource(name, bytes.Length)
    {
        internal override void Read(long offset, Span<byte> destination) => bytes.Span.Slice(checked((int)offset), destination.Length).CopyTo(destination);

        internal override bool TrySpan(long offset, long length, out ReadOnlySpan<byte> span)
        {
            span = bytes.Span.Slice(checked((int)offset), checked((int)length));
            return true;
        }
    }

    sealed class FileSource(string path, Microsoft.Win32.SafeHandles.SafeFileHandle handle, long length) : ByteSource(path, length)
    {
        internal override void Read(long offset, Span<byte> destination)
        {
            while (destination.Length > 0)
            {
                var count = RandomAccess.Read(handle, destination, offset);
                if (count == 0)
                    throw new IOException($"{Name} ended early at byte {offset}: it was truncated while it was read. Read it again when no other " +
                        "program writes it.");
                offset += count;
                destination = destination[count..];
            }
        }

        private protected override void Close() => handle.Dispose();
    }

    /// <summary>Without a finaliser on purpose: a file that is never disposed stays mapped, so spans into it stay valid.</summary>
    sealed unsafe class MappedSource : ByteSource
    {
        readonly MemoryMappedFile _map;
        readonly MemoryMappedViewAccessor _view;
        byte* _bytes;

        internal MappedSource(string path, Microsoft.Win32.SafeHandles.SafeFileHandle handle, long length) : base(path, length)
        {
            _map = MemoryMappedFile.CreateFromFile(handle, null, length, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
            _view = _map.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
            _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _bytes);
            _bytes += _view.PointerOffset;
        }

        internal override void Read(long offset, Span<byte> destination) => Slice(offset, destination.Length).CopyTo(destination);

        internal override bool TrySpan(long offset, long length, out ReadOnlySpan<byte> span)
        {
            span = length > int.MaxValue ? default : Slice(offset, (int)length);
            return length <= int.MaxValue;
        }

        private protected override void Close()
        {
            if (_bytes is null) return;
            _bytes = null;
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
            _map.Dispose();
        }

        ReadOnlySpan<byte> Slice(long offset, int length)
        {
            if (_bytes is null) throw new ObjectDisposedException(Name, $"{Name} was closed: read its tensors before the file is disposed.");
            if (offset < 0 || length > Length - offset) throw new ArgumentOutOfRangeException(nameof(offset), offset, $"{Name} has {Length} bytes.");
            return new ReadOnlySpan<byte>(_bytes + offset, length);
        }
    }
}
