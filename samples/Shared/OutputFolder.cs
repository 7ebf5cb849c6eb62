using System.Text.RegularExpressions;
using TinyJepa.IO;

namespace TinyJepa.Samples;

/// <summary>The folder that a run's results go to.</summary>
public static partial class OutputFolder
{
    const string LockName = ".lock";

    /// <summary>Makes the folder and tries to write in it, so that a run does not find out after all its work that it cannot.</summary>
    /// <exception cref="IOException">It cannot be made or written.</exception>
    public static void Check(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var probe = Path.Combine(folder, $".{Guid.NewGuid():N}.tmp");
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

    /// <summary>
    /// Makes the folder this process's own until the claim is disposed of or the process is gone, however it went: the system lets go of the
    /// lock then. Removes what a killed process left half written.
    /// </summary>
    /// <exception cref="IOException">Another process has claimed it, or it cannot be made or written.</exception>
    public static IDisposable Claim(string folder)
    {
        Check(folder);
        FileStream claim;
        try
        {
            // It is never removed: who waits for a removed file's lock gets one that nobody else sees.
            claim = new FileStream(Path.Combine(folder, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new IOException($"Cannot write to the file '{LockName}' in the folder '{folder}'. Choose a folder you can write to.", error);
        }
        catch (IOException error)
        {
            throw new IOException($"Another process is writing to '{folder}'. Wait until it has ended, or choose another folder with --out.", error);
        }

        foreach (var left in Directory.EnumerateFiles(folder, "*.tmp").Where(path => HalfWritten().IsMatch(path)).ToList()) File.Delete(left);
        return claim;
    }

    /// <summary>A name in words, fit for a file.</summary>
    public static string NameOf(string words) => Separators().Replace(words, "-").Trim('-');

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

    [GeneratedRegex(@"\.[0-9a-f]{32}\.tmp$")]
    private static partial Regex HalfWritten();

    [GeneratedRegex(@"[^\p{L}\p{N}.]+")]
    private static partial Regex Separators();
}
