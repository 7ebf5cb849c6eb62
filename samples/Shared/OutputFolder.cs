namespace TinyJepa.Samples;

/// <summary>The folder that a run's results go to.</summary>
public static class OutputFolder
{
    /// <summary>Makes the folder and tries to write in it, so that a run does not find out after all its work that it cannot.</summary>
    /// <exception cref="OutputException">It cannot be made or written.</exception>
    public static void Check(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var probe = Path.Combine(folder, $".{Path.GetRandomFileName()}");
        try
        {
            AtomicFile.Write(probe, []);
            File.Delete(probe);
        }
        catch (OutputException error)
        {
            throw new OutputException($"Cannot write to the folder '{folder}'. Choose a folder you can write to.", error);
        }
    }
}
