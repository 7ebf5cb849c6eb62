namespace TinyJepa.IO;

/// <summary>Files that are there whole or not at all: written beside their place, forced to the disk, then renamed into it.</summary>
public static class AtomicFile
{
    /// <summary>Writes beside the target, flushes to the disk and renames over it. Whatever fails, an older file stays as it was.</summary>
    /// <param name="path">The file to write or replace, in a folder that exists.</param>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="IOException">The file cannot be written; the message says where and what to do.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        var full = Path.GetFullPath(path);
        var temporary = $"{full}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, full, overwrite: true);
        }
        // What is too long for the file system (EFBIG) is no IOException to a FileStream, but an argument called 'value'.
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException { ParamName: "value" })
        {
            Remove(temporary);
            var reason = error is DirectoryNotFoundException ? $"there is no folder {Path.GetDirectoryName(full)}." : error.Message;   // it would name the temporary file
            throw new IOException($"Cannot write {full}: {reason} Choose a folder that exists and may be written to; an older file of that name is unchanged.", error);
        }
        catch
        {
            Remove(temporary);
            throw;
        }
    }

    static void Remove(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The first error is the one to report.
        }
    }
}
