namespace TinyJepa.Samples;

/// <summary>Writes a file that a reader sees either whole or not at all, even when the run is interrupted.</summary>
public static class AtomicFile
{
    /// <summary>Writes beside the target, flushes to the disk and renames over it. Missing folders are made.</summary>
    /// <param name="path">The file to write or replace.</param>
    /// <param name="content">All its bytes.</param>
    /// <exception cref="OutputException">The folder cannot be made or written.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var target = Path.GetFullPath(path);
        var folder = Path.GetDirectoryName(target) ?? throw new OutputException($"'{target}' is a folder, not a file.");
        var unfinished = Path.Combine(folder, $".{Path.GetFileName(target)}.{Path.GetRandomFileName()}");
        try
        {
            Directory.CreateDirectory(folder);
            using (var stream = new FileStream(unfinished, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                stream.Write(content);
                stream.Flush(flushToDisk: true);
            }

            File.Move(unfinished, target, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Discard(unfinished);
            throw new OutputException(
                $"Cannot write '{Path.GetFileName(target)}' to the folder '{folder}': {e.Message} Choose a folder you can write to.", e);
        }
    }

    // The reason why the write failed is what the user must see, not that the clean-up failed as well.
    static void Discard(string file)
    {
        try { File.Delete(file); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { }
    }
}

/// <summary>A result could not be written; the message says where and what to do about it.</summary>
public sealed class OutputException : IOException
{
    /// <summary>An error to show to the user.</summary>
    /// <param name="message">Where, why and what to do.</param>
    /// <param name="inner">What the system said.</param>
    public OutputException(string message, Exception? inner = null) : base(message, inner) { }
}
