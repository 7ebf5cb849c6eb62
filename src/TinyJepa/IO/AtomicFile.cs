namespace TinyJepa.IO;

/// <summary>Writes files atomically: to a temporary file beside the target, flushed to the disk, then renamed.</summary>
public static class AtomicFile
{
    /// <summary>Writes a file so that it is either complete or, after an error or a crash, what it was before.</summary>
    /// <param name="path">The file to write or replace, in a folder that exists.</param>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="IOException">The file cannot be written; the message names the path and the reason.</exception>
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
        // FileStream reports a file that is too long for the file system (EFBIG) as an ArgumentOutOfRangeException of 'value', not as an IOException.
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException { ParamName: "value" })
        {
            Remove(temporary);
            // The message of a DirectoryNotFoundException would name the temporary file.
            var reason = error is DirectoryNotFoundException ? $"there is no folder {Path.GetDirectoryName(full)}." : error.Message;
            throw new IOException($"Cannot write {full}: {reason} Choose a folder that exists and may be written to; an existing file of that name " +
                "is unchanged.", error);
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
