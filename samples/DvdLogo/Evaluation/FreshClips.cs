namespace TinyJepa.Samples.DvdLogo;

/// <summary>
/// What the models are examined on: worlds that no training has seen. Training uses the published data set of seed 0; every set here draws
/// from seeds of its own, far from it and from each other.
/// </summary>
internal sealed class FreshClips
{
    /// <summary>Clips in each set.</summary>
    public const int Count = 1000;

    /// <summary>Frames in each clip, as published.</summary>
    public const int Length = 44;

    /// <summary>The first seed of each set.</summary>
    public const uint ProbeSeed = 5_000, ForecastSeed = 100_000, JumpSeed = 200_000, CalibrationSeed = 300_000, QuietSeed = 400_000;

    /// <param name="count">Clips in each set.</param>
    public FreshClips(int count = Count)
    {
        Training = DvdWorld.MakeSequences();
        Probe = DvdWorld.MakeSequences(count, seed: ProbeSeed);
        Forecast = DvdWorld.RollMany(count, Length, ForecastSeed);
        Jumps = DvdWorld.RollMany(count, Length, JumpSeed, SurpriseStudy.Jump);
        Calibration = DvdWorld.RollMany(count, Length, CalibrationSeed);
        Quiet = DvdWorld.RollMany(count, Length, QuietSeed);
    }

    /// <summary>The training data, which probes are fitted on too.</summary>
    public DvdSequences Training { get; }

    /// <summary>Where probes are judged.</summary>
    public DvdSequences Probe { get; }

    /// <summary>Where forecasts are judged.</summary>
    public DvdSequences Forecast { get; }

    /// <summary>Clips with a jump.</summary>
    public DvdSequences Jumps { get; }

    /// <summary>Clips without one, to set the alarm's threshold.</summary>
    public DvdSequences Calibration { get; }

    /// <summary>Clips without one, to count false alarms.</summary>
    public DvdSequences Quiet { get; }

    /// <summary>The published forecast clip.</summary>
    public DvdSequences PublishedForecast { get; } = DvdWorld.RollOne(Length, seed: 7);

    /// <summary>The published anomaly clip.</summary>
    public DvdSequences PublishedJump { get; } = DvdWorld.RollOne(Length, seed: 3, SurpriseStudy.Jump);
}
