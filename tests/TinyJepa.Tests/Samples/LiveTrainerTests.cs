using TinyJepa.Samples;
using TinyJepa.Samples.DvdLogo;

namespace TinyJepa.Tests.Samples;

/// <summary>Training in front of all tabs at once.</summary>
public sealed class LiveTrainerTests
{
    [Fact]
    public async Task Training_IsSeenByEveryTab_AndRefusedWhileOneRuns()
    {
        if (Machine.IsSlow) return;                                  // a step takes longer than the server waits for a tab that does not read
        using var trainer = TinyDvd.Endless();
        await using var server = await TinyDvd.ServeAsync(trainer);
        await using var starter = await LiveClient.OpenAsync(server);
        await using var watcher = await LiveClient.OpenAsync(server);
        var before = await watcher.TextAsync("model");

        await starter.SendAsync("""{"do":"train"}""");
        var progress = await watcher.TextAsync("training", t => t.GetProperty("running").GetBoolean() && t.GetProperty("step").GetInt32() > 0);
        Assert.Equal(1_000_060, progress.GetProperty("steps").GetInt32());
        Assert.True(progress.GetProperty("loss").GetDouble() > 0);
        Assert.True(progress.GetProperty("std").GetDouble() > 0);
        Assert.True(progress.GetProperty("rate").GetDouble() > 0);
        Assert.True(progress.GetProperty("left").GetDouble() > 0);
        Assert.NotEqual(0, progress.GetProperty("curve").GetArrayLength());

        var hash = before.GetProperty("hash").GetString();
        await watcher.TextAsync("model", m => m.GetProperty("step").GetInt32() > 0 && m.GetProperty("hash").GetString() != hash);
        await watcher.BinaryAsync(3);
        await watcher.FrameAsync();

        await watcher.SendAsync("""{"do":"train"}""");
        Assert.Contains("already", (await watcher.TextAsync("error")).GetProperty("message").GetString(), StringComparison.Ordinal);

        await watcher.SendAsync("""{"do":"stop"}""");
        var end = await starter.TextAsync("training", t => !t.GetProperty("running").GetBoolean() && t.GetProperty("step").GetInt32() > 0);
        Assert.Equal(System.Text.Json.JsonValueKind.Null, end.GetProperty("failure").ValueKind);
        Assert.True(trainer.TryStart());
    }

    [Fact]
    public async Task CompleteRetraining_GivesTheSameBits()
    {
        using var trainer = TinyDvd.Trainer();
        var first = trainer.Current;

        Assert.True(trainer.TryStart());
        await LiveServerTests.UntilAsync(() => !trainer.Progress.Running);

        var last = trainer.Current;
        Assert.Null(trainer.Progress.Failure);
        Assert.Equal((TinyDvd.TotalSteps, TinyDvd.TotalSteps), (trainer.Progress.Step, last.Model.Step));
        Assert.True(trainer.Progress.Step > trainer.Progress.ModelSteps);
        Assert.Equal(first.Model.Hash, last.Model.Hash);
        Assert.Null(first.Same);
        Assert.True(last.Same);
        Assert.True(last.Generation > first.Generation);
    }

    [Fact]
    public async Task Stop_KeepsWhatWasLearnt()
    {
        using var trainer = TinyDvd.Endless();
        Assert.False(trainer.TryStop());
        Assert.True(trainer.TryStart());
        await LiveServerTests.UntilAsync(() => trainer.Progress.Step > 3);

        Assert.True(trainer.TryStop());
        await LiveServerTests.UntilAsync(() => !trainer.Progress.Running);

        Assert.Equal(trainer.Progress.Step, trainer.Current.Model.Step);
        Assert.Null(trainer.Current.Same);
    }

    [Fact]
    public async Task BrokenTraining_IsToldAndTheServerLivesOn()
    {
        using var trainer = new LiveTrainer<LiveModel>(TinyDvd.Untrained(), () => throw new InvalidOperationException("no data"));
        await using var server = await TinyDvd.ServeAsync(trainer);
        await using var client = await LiveClient.OpenAsync(server);

        await client.SendAsync("""{"do":"train"}""");

        await client.TextAsync("training", t => t.GetProperty("failure").GetString() == "no data");
        await client.FrameAsync();
    }

    [Fact]
    public void LossCurve_AveragesEqualShares_AndLeavesOutWhatWasNotMeasured()
    {
        var many = new LossCurve(240);
        for (var step = 1; step <= 5; step++) many.Add(step, step);
        Assert.Equal([1.5f, 3.5f, 5], many.ToArray());

        var few = new LossCurve(60);
        few.Add(1, 7);
        few.Add(2, 8);
        Assert.Equal([7, float.NaN, 8], few.ToArray());
    }
}
