using TinyJepa.Crash;
using TinyJepa.Tests.IO;

namespace TinyJepa.Tests.Samples.Resume;

/// <summary>A short slice of the long run, which is: dotnet run -c Release --project tests/TinyJepa.Crash -- --kills 1000.</summary>
[Collection(Machine.Name)]
public sealed class CrashTests : IDisposable
{
    readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AKilledTraining_LosesNothing_AndEndsInTheSameBits()
    {
        if (Machine.IsSlow) return;
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(8));                  // on a machine that is busy with something else
        var campaign = new Campaign(_folder.Path, seed: 2026, steps: 40, every: 2);
        campaign.Run(10, atOnce: 1, stop.Token);
        Assert.Empty(campaign.Figures.Broken);
        Assert.Equal(0, campaign.Figures.TornFiles);
        Assert.True(campaign.Figures.Kills > 0 || stop.IsCancellationRequested);
        Assert.Equal(campaign.Figures.Runs, campaign.Figures.EqualHashes);
    }
}
