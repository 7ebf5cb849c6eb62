using TinyJepa.Samples;
using TinyJepa.Samples.DvdLogo;
using TinyJepa.Tests.IO;

namespace TinyJepa.Tests.Samples;

/// <summary>What the sample says when it is asked for something it cannot do: one clear sentence, an exit code, and nothing changed.</summary>
[Collection(Machine.Name)]
public sealed class CommandLineTests : IDisposable
{
    static readonly DvdExperiment s_logo = new();

    readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("--bogus", "'--bogus'")]
    [InlineData("dream --resume", "'--resume'")]
    [InlineData("train --checkpoint-every -1", "--checkpoint-every must not be negative, as -1 is.")]
    [InlineData("train --steps 0", "--steps must be at least 1, not 0.")]
    [InlineData("report --steps 9", "'--steps'")]
    [InlineData("frobnicate", "'frobnicate'")]
    [InlineData("dream --clip", "--clip")]
    [InlineData("train --recipe worst", "'worst'")]
    [InlineData("train --seed -1", "--seed must not be negative, as -1 is.")]
    [InlineData("train --seed one", "'one'")]
    [InlineData("train --seed 99999999999", "99999999999")]
    [InlineData("report --seeds 0", "--seeds must be at least 1, not 0.")]
    [InlineData("report --threads 0", "--threads must be at least 1, not 0.")]
    [InlineData("report --threads 100000", "--threads must be at most 256, not 100000.")]
    [InlineData("dream --clip -7", "--clip must not be negative, as -7 is.")]
    [InlineData("train --clip 7", "'--clip'")]
    [InlineData("train --seeds 3", "'--seeds'")]
    [InlineData("dream --json f", "'--json'")]
    [InlineData("play --no-page", "'--no-page'")]
    [InlineData("--no-page train", "--no-page means nothing to 'train'.")]
    [InlineData("play --port 70000", "--port must be 0 to 65535, not 70000.")]
    public async Task AWrongWord_IsNamed_AndEndsWith2(string words, string named)
    {
        var (code, error) = await RunAsync([.. words.Split(' '), "--out", _folder["out"]]);
        Assert.Equal(2, code);
        Assert.Contains(named, error, StringComparison.Ordinal);
        Assert.Contains("--help", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        Assert.Empty(_folder.Names);
        Assert.Equal(error.Split('\n').Distinct().Count(), error.Split('\n').Length);
    }

    [Theory]
    [InlineData("train")]
    [InlineData("report")]
    [InlineData("dream")]
    [InlineData("export")]
    [InlineData("play")]
    public async Task AFolder_ThatCannotBeWritten_IsNamedBeforeAnyWork(string verb)
    {
        File.WriteAllText(_folder["file"], "in the way");
        var (code, error) = await RunAsync([verb, "--out", _folder["file/results"]]);
        Assert.Equal(1, code);
        Assert.Contains(_folder["file/results"], error, StringComparison.Ordinal);
        Assert.Contains("Choose a folder you can write to.", error, StringComparison.Ordinal);
        AssertOneLine(error);
        Assert.Equal("in the way", File.ReadAllText(_folder["file"]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("this is no checkpoint, whatever it is")]
    public async Task ABrokenCheckpoint_IsNamed_AndLeftAlone(string content)
    {
        var file = s_logo.FileIn(_folder.Path, Recipe.Best, 3);
        File.WriteAllText(file, content);
        File.WriteAllText(_folder["metrics.json"], "{\"earlier\": true}");
        var (code, error) = await RunAsync(["dream", "--seed", "3", "--out", _folder.Path]);
        Assert.Equal(1, code);
        Assert.Contains($"{file} is not a valid safetensors file", error, StringComparison.Ordinal);
        AssertOneLine(error);
        Assert.Equal(content, File.ReadAllText(file));
        Assert.Equal("{\"earlier\": true}", File.ReadAllText(_folder["metrics.json"]));
        Assert.Equal(2, _folder.Names.Count());
    }

    [Fact]
    public async Task ACheckpoint_OfAnotherRecipeOrSeed_IsRefused_WithTheWayOut()
    {
        var file = s_logo.FileIn(_folder.Path, Recipe.Best, 3);
        foreach (var (recipe, seed) in new[] { (Recipe.Published, 3L), (Recipe.Best with { Steps = 17 }, 3L), (Recipe.Best, 4L) })
        {
            s_logo.Save(Trained(recipe, seed), file);
            var (code, error) = await RunAsync(["dream", "--seed", "3", "--out", _folder.Path]);
            Assert.Equal(1, code);
            Assert.Contains("was not trained by this version's recipe 'best' from seed 3", error, StringComparison.Ordinal);
            Assert.Contains("train --recipe best --seed 3", error, StringComparison.Ordinal);
            AssertOneLine(error);
        }
    }

    [Fact]
    public void ACheckpoint_ComesBackWhole()
    {
        var trained = Trained(Recipe.Best, seed: 3);
        var file = s_logo.FileIn(_folder["new/folder"], Recipe.Best, 3);
        s_logo.Save(trained, file);
        var loaded = s_logo.LoadOrTrain(_folder["new/folder"], Recipe.Best, 3);
        Assert.Equal(trained.Model.Hash, loaded.Model.Hash);
        Assert.Equal(1.25, loaded.Seconds);
    }

    [Fact]
    public async Task Export_WritesTheThreeNetworks()
    {
        s_logo.Save(Trained(Recipe.Best, seed: 3), s_logo.FileIn(_folder.Path, Recipe.Best, 3));
        Assert.Equal((0, ""), await RunAsync(["export", "--seed", "3", "--out", _folder.Path]));
        var networks = _folder.Names.Where(name => name.EndsWith(".onnx", StringComparison.Ordinal)).ToDictionary(name => name.Split('.')[1], name => OnnxModel.Read(File.ReadAllBytes(_folder[name])));
        Assert.Equal(["decoder", "encoder", "predictor"], networks.Keys.Order(StringComparer.Ordinal));
        Assert.Contains("target.net.0.weight", networks["encoder"].Initializers.Keys);
        Assert.Equal(["batch", "256"], networks["decoder"].Outputs.Single().Dims);
    }

    static TrainedModel<Recipe, DvdModel> Trained(Recipe recipe, long seed) => new(new DvdModel(seed: 5), recipe, seed, 1.25, 1, LearningCurves.None);

    static void AssertOneLine(string error) => Assert.Single(error.TrimEnd().Split('\n'));

    static Task<(int Code, string Error)> RunAsync(string[] args) => StandardError.OfAsync(() => s_logo.RunAsync(args));
}
