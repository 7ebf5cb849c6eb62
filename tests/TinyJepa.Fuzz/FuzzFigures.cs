namespace TinyJepa.Fuzz;

/// <summary>What a run came to.</summary>
sealed class FuzzFigures
{
    internal long Inputs { get; private set; }

    internal long Accepted { get; private set; }

    internal long Bytes { get; private set; }

    /// <summary>Different sentences and kinds of sound files that were reached.</summary>
    internal int Paths { get; set; }

    /// <summary>The most memory, beyond the file's own size, that opening took.</summary>
    internal long MostMemory { get; private set; } = long.MinValue;

    internal TimeSpan Longest { get; private set; }

    /// <summary>Promises that did not hold.</summary>
    internal List<string> Broken { get; } = [];

    internal void Count(int length, bool accepted, long memory, TimeSpan time)
    {
        Inputs++;
        if (accepted) Accepted++;
        Bytes += length;
        MostMemory = Math.Max(MostMemory, memory - length);
        if (time > Longest) Longest = time;
    }

    internal void Add(FuzzFigures other)
    {
        (Inputs, Accepted, Bytes) = (Inputs + other.Inputs, Accepted + other.Accepted, Bytes + other.Bytes);
        (Paths, MostMemory) = (Math.Max(Paths, other.Paths), Math.Max(MostMemory, other.MostMemory));
        if (other.Longest > Longest) Longest = other.Longest;
        Broken.AddRange(other.Broken);
    }
}
