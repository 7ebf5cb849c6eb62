using TinyJepa.Samples;
using TinyJepa.Samples.BouncingBall;
using TinyJepa.Tests.IO;

namespace TinyJepa.Tests.Samples;

/// <summary>What the ball says when it is asked for something it cannot do: one clear sentence, an exit code, and nothing changed.</summary>
[Collection(Machine.Name)]
public sealed class BallCommandLineTests : IDisposable
{
    readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("--bogus", "'--bogus'")]
    [InlineData("play --resume", "'--resume'")]
    [InlineData("train --checkpoint-every often", "'often'")]
    [InlineData("dream", "'dream'")]
    [InlineData("train --recipe worst", "'worst'")]
    [InlineData("train --seed -1", "--seed must not be negative, as -1 is.")]
    [InlineData("train --seeds 3", "'--seeds'")]
    [InlineData("report --seeds 0", "--seeds must be at least 1, not 0.")]
    [InlineData("report --port 80", "'--port'")]
    [InlineData("--seeds 3 play", "--seeds means nothing to 'play'.")]
    public async Task AWrongWord_IsNamed_AndEndsWith2(string words, string named)
    {
        var (code, error) = await RunAsync([.. words.Split(' '), "--out", _folder["out"]]);
        Assert.Equal(2, code);
        Assert.Contains(named, error, StringComparison.Ordinal);
        Assert.Contains("--help", error, StringComparison.Ordinal);
        Assert.Empty(_folder.Names);
    }

    [Theory]
    [InlineData("train")]
    [InlineData("report")]
    [InlineData("play")]
    public async Task AFolder_ThatCannotBeWritten_IsNamedBeforeAnyWork(string verb)
    {
        File.WriteAllText(_folder["file"], "in the way");
        var (code, error) = await RunAsync([verb, "--out", _folder["file/results"]]);
        Assert.Equal(1, code);
        Assert.Contains(_folder["file/results"], error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task ABrokenCheckpoint_IsNamed_AndLeftAlone()
    {
        var file = new BallExperiment().FileIn(_folder.Path, Recipe.Best, 3);
        File.WriteAllText(file, "this is no checkpoint");
        var (code, error) = await RunAsync(["play", "--port", "0", "--seed", "3", "--out", _folder.Path]);
        Assert.Equal(1, code);
        Assert.Contains($"{file} is not a valid safetensors file", error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
        Assert.Equal("this is no checkpoint", File.ReadAllText(file));
    }

    [Fact]
    public async Task ACheckpoint_OfAnotherSeed_IsRefused_WithTheWayOut()
    {
        var ball = new BallExperiment();
        ball.Save(new(ball.NewModel(Recipe.Best, seed: 4), Recipe.Best, 4, 1, 1, LearningCurves.None), ball.FileIn(_folder.Path, Recipe.Best, 3));
        var (code, error) = await RunAsync(["play", "--port", "0", "--seed", "3", "--out", _folder.Path]);
        Assert.Equal(1, code);
        Assert.Contains("train --recipe best --seed 3", error, StringComparison.Ordinal);
    }

    static Task<(int Code, string Error)> RunAsync(string[] args) => StandardError.OfAsync(() => new BallExperiment().RunAsync(args));
}
