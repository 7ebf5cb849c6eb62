namespace TinyJepa.Samples;

/// <summary>A sample's names, texts and defaults.</summary>
public sealed record SampleDescription
{
    /// <summary>The project's name, for example <c>DvdLogo</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The same for files, for example <c>dvd-logo</c>.</summary>
    public required string FileName { get; init; }

    /// <summary>What the sample does, in a sentence.</summary>
    public required string Summary { get; init; }

    /// <summary>What the command <c>train</c> does, in a sentence.</summary>
    public required string TrainSummary { get; init; }

    /// <summary>What every model is measured on, in a sentence.</summary>
    public required string Evaluation { get; init; }

    /// <summary>How many training seeds a report has by default.</summary>
    public int Seeds { get; init; } = 1;

    /// <summary>The live page's port by default.</summary>
    public required int Port { get; init; }

    /// <summary>Steps from one checkpoint to the next by default.</summary>
    public required int CheckpointEvery { get; init; }
}
