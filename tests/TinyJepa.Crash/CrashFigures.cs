using System.Text.Json;

namespace TinyJepa.Crash;

/// <summary>What a campaign came to.</summary>
sealed class CrashFigures
{
    /// <summary>Processes that were killed.</summary>
    internal int Kills { get; set; }

    /// <summary>Kills that left a file half written.</summary>
    internal int KillsWhileWriting { get; set; }

    /// <summary>Kills that left a checkpoint to go on from.</summary>
    internal int KillsWithCheckpoint { get; set; }

    /// <summary>Processes that said where they go on; it was the newest checkpoint each time.</summary>
    internal int Resumes { get; set; }

    /// <summary>Runs that were killed at least once and reached their end.</summary>
    internal int Runs { get; set; }

    /// <summary>Those of them that ended in the bits of the run that nobody killed.</summary>
    internal int EqualHashes { get; set; }

    /// <summary>Files under their final names that were not whole.</summary>
    internal int TornFiles { get; set; }

    /// <summary>The bits that all have to end in.</summary>
    internal string Hash { get; set; } = "";

    internal double Seconds { get; set; }

    /// <summary>Promises that did not hold.</summary>
    internal List<string> Broken { get; } = [];

    /// <summary>Names and figures, in order.</summary>
    internal IEnumerable<(string Name, object Value)> All =>
    [
        ("kills", Kills), ("kills_while_writing", KillsWhileWriting), ("kills_with_checkpoint", KillsWithCheckpoint), ("resumes", Resumes), ("runs", Runs),
        ("equal_hashes", EqualHashes), ("torn_files", TornFiles), ("broken_promises", Broken.Count), ("hash", Hash), ("seconds", Math.Round(Seconds, 1)),
    ];

    internal byte[] ToJson(params IEnumerable<(string Name, object Value)> settings)
    {
        var figures = new Dictionary<string, object>(settings.Concat(All).Select(figure => KeyValuePair.Create(figure.Name, figure.Value)));
        return [.. JsonSerializer.SerializeToUtf8Bytes(figures, s_indented), (byte)'\n'];
    }

    static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };
}
