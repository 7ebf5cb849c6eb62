using TinyJepa.Samples;
using TinyJepa.Samples.GridWorld;
using TinyJepa.Tests.IO;

namespace TinyJepa.Tests.Samples.Grid;

/// <summary>What the sample says when it is asked for something it cannot do.</summary>
[Collection(Machine.Name)]
public sealed class GridCommandLineTests : IDisposable
{
    static readonly GridExperiment s_grid = new();

    readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("--bogus", "'--bogus'")]
    [InlineData("frobnicate", "'frobnicate'")]
    [InlineData("train --recipe worst", "'worst'")]
    [InlineData("train --seed -1", "--seed must not be negative, as -1 is.")]
    [InlineData("report --seeds 0", "--seeds must be at least 1, not 0.")]
    [InlineData("large --recipe best", "--recipe")]
    [InlineData("play --port 70000", "--port must be 0 to 65535, not 70000.")]
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
    [InlineData("large")]
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
    public async Task ACheckpoint_OfAnotherRecipeOrSeed_IsRefused_WithTheWayOut()
    {
        var file = s_grid.FileIn(_folder.Path, Recipe.Best, 3);
        foreach (var (recipe, seed) in new[] { (Recipe.Published, 3L), (Recipe.Best with { Steps = 17 }, 3L), (Recipe.Best, 4L) })
        {
            s_grid.Save(Trained(recipe, seed), file);
            var (code, error) = await RunAsync(["play", "--port", "0", "--seed", "3", "--out", _folder.Path]);
            Assert.Equal(1, code);
            Assert.Contains("train --recipe best --seed 3", error, StringComparison.Ordinal);
            Assert.Single(error.TrimEnd().Split('\n'));
        }
    }

    [Fact]
    public void ACheckpoint_ComesBackWhole()
    {
        var trained = Trained(Recipe.Best, seed: 3);
        s_grid.Save(trained, s_grid.FileIn(_folder.Path, Recipe.Best, 3));
        var loaded = s_grid.LoadOrTrain(_folder.Path, Recipe.Best, 3);
        Assert.Equal(trained.Model.Hash, loaded.Model.Hash);
        Assert.Equal(1.25, loaded.Seconds);
    }

    static TrainedModel<Recipe, GridModel> Trained(Recipe recipe, long seed) => new(new GridModel(seed: 5), recipe, seed, 1.25, 1, LearningCurves.None);

    static Task<(int Code, string Error)> RunAsync(string[] args) => StandardError.OfAsync(() => s_grid.RunAsync(args));
}
