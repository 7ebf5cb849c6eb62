using TinyJepa.IO;

namespace TinyJepa.Samples;

/// <summary>The folder that a run's results go to.</summary>
public static class OutputFolder
{
    /// <summary>Makes the folder and tries to write in it, so that a run does not find out after all its work that it cannot.</summary>
    /// <exception cref="IOException">It cannot be made or written.</exception>
    public static void Check(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var probe = Path.Combine(folder, $".{Path.GetRandomFileName()}");
        try
        {
            Directory.CreateDirectory(folder);
            File.WriteAllBytes(probe, []);
            File.Delete(probe);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"Cannot write to the folder '{folder}'. Choose a folder you can write to.", error);
        }
    }

    /// <summary>Writes a file that a reader sees either whole or not at all. Missing folders are made.</summary>
    /// <param name="path">The file to write or replace.</param>
    /// <param name="content">All its bytes.</param>
    /// <exception cref="IOException">The folder cannot be made or the file cannot be written.</exception>
    public static void Write(string path, byte[] content)
    {
        ArgumentNullException.ThrowIfNull(content);
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder) Check(folder);
        AtomicFile.Write(path, stream => stream.Write(content));
    }
}
