namespace TinyJepa.Samples.DvdLogo;

/// <summary>
/// What the models are measured on: worlds that no training has seen. Training uses the published data set of seed 0; every set here draws
/// from seeds of its own, far from it and from each other. A set is made when it is first used.
/// </summary>
/// <param name="count">Clips in each set.</param>
internal sealed class FreshClips(int count = FreshClips.Count)
{
    /// <summary>Clips in each set.</summary>
    public const int Count = 1000;

    /// <summary>Frames in each clip, as published.</summary>
    public const int Length = 44;

    /// <summary>The first seed of each set.</summary>
    public const uint ProbeSeed = 5_000, ForecastSeed = 100_000, JumpSeed = 200_000, CalibrationSeed = 300_000, QuietSeed = 400_000;

    /// <summary>The training data, which probes are fitted on too.</summary>
    public DvdSequences Training => field ??= DvdWorld.MakeSequences();

    /// <summary>For probes.</summary>
    public DvdSequences Probe => field ??= DvdWorld.MakeSequences(count, seed: ProbeSeed);

    /// <summary>For forecasts.</summary>
    public DvdSequences Forecast => field ??= DvdWorld.RollMany(count, Length, ForecastSeed);

    /// <summary>Clips with a jump.</summary>
    public DvdSequences Jumps => field ??= DvdWorld.RollMany(count, Length, JumpSeed, SurpriseStudy.Jump);

    /// <summary>Clips without one, to set the alarm's threshold.</summary>
    public DvdSequences Calibration => field ??= DvdWorld.RollMany(count, Length, CalibrationSeed);

    /// <summary>Clips without one, to count false alarms.</summary>
    public DvdSequences Quiet => field ??= DvdWorld.RollMany(count, Length, QuietSeed);

    /// <summary>The published forecast clip.</summary>
    public DvdSequences PublishedForecast { get; } = DvdWorld.RollOne(Length, seed: 7);

    /// <summary>The published anomaly clip.</summary>
    public DvdSequences PublishedJump { get; } = DvdWorld.RollOne(Length, seed: 3, SurpriseStudy.Jump);
}
