using TinyJepa.Samples;
using TinyJepa.Samples.BouncingBall;
using TinyJepa.Samples.DvdLogo;
using TinyJepa.Samples.GridWorld;
using TinyJepa.Tests.IO;
using TinyJepa.Tests.Samples.Grid;

namespace TinyJepa.Tests.Samples.Resume;

/// <summary>N steps, or k steps, a death, and the rest: the same bits in all that is kept, for every sample and in every phase.</summary>
[Collection(Machine.Name)]
public sealed class ResumedTrainingTests : IDisposable
{
    static readonly DvdSequences s_clips = DvdWorld.MakeSequences(count: 8, length: 16);
    static readonly Trajectories s_pool = new(new BallWorld(), 4, seed: 1);

    readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(5, 3)]
    [InlineData(12, 5)]
    [InlineData(12, 12)]
    [InlineData(17, 4)]                                      // the decoder's turn
    public void PublishedLogo_EndsInTheSameBits(int death, int every) =>
        AssertSame(() => Logo(new() { Name = "tiny", Steps = 12, DecoderSteps = 9, Clips = 8 }), death, every);

    [Theory]
    [InlineData(7, 3)]
    [InlineData(14, 1)]
    public void BestLogo_EndsInTheSameBits(int death, int every) =>
        AssertSame(() => Logo(TinyJepa.Samples.DvdLogo.Recipe.Best with { Steps = 15, Clips = 4, Horizon = 3 }), death, every);

    [Theory]
    [InlineData(true, 8, 5)]
    [InlineData(false, 8, 8)]
    [InlineData(false, 27, 2)]                               // in the third epoch
    public void Ball_EndsInTheSameBits(bool published, int death, int every) => AssertSame(() =>
    {
        var recipe = (published ? TinyJepa.Samples.BouncingBall.Recipe.Published : TinyJepa.Samples.BouncingBall.Recipe.Best) with { Batch = 64, Directions = 16, Steps = 30 };
        var training = new BallTraining(recipe, s_pool, seed: 3);
        return (training.Steps, () => training.Step().Loss, training.AddTo, training.Model.Parameters.Hash);
    }, death, every);

    [Theory]
    [InlineData(2, 1)]
    [InlineData(5, 2)]                                       // after the horizon has grown
    public void Grid_EndsInTheSameBits(int death, int every)
    {
        if (Machine.IsSlow) return;
        AssertSame(() =>
        {
            var recipe = TinyJepa.Samples.GridWorld.Recipe.Best with { Steps = 6, Walks = 8, Directions = 16, Horizon = 3, WholeFrom = 3, Dropout = 0.1f };
            var training = new GridTraining(recipe, new Walks(GridTrainingTests.Four), seed: 1);
            return (training.Steps, () => training.Step().Loss, training.AddTo, () => training.Snapshot().Hash);
        }, death, every);
    }

    static (int Steps, Func<float> Step, Action<TrainingRun> AddTo, Func<string> Hash) Logo(TinyJepa.Samples.DvdLogo.Recipe recipe)
    {
        var training = new DvdTraining(recipe, s_clips, seed: 2);
        return (training.Steps, () => training.Step().Loss, training.AddTo, () => training.Model.Hash);
    }

    void AssertSame(Func<(int Steps, Func<float> Step, Action<TrainingRun> AddTo, Func<string> Hash)> fresh, int death, int every)
    {
        var (hash, losses, first) = Train(_folder["whole"], int.MaxValue);
        Assert.Equal(0, first);
        Train(_folder["cut"], death);
        var (again, lossesAgain, resumed) = Train(_folder["cut"], int.MaxValue);
        Assert.Equal(death / every * every, resumed);
        Assert.Equal(hash, again);
        Expect.Bits(losses, lossesAgain, "losses");
        var (kept, keptAgain) = (KeptNumbers.In(_folder["whole"]), KeptNumbers.In(_folder["cut"]));
        Assert.True(kept.Count > 5);
        Assert.Equal(kept, keptAgain);
        Assert.Equal((again, 0f, losses.Length), (Train(_folder["cut"], int.MaxValue) is var (h, l, s) ? (h, l[^1] - losses[^1], s) : default));

        (string Hash, float[] Losses, int First) Train(string folder, int death)
        {
            var training = fresh();
            var losses = new float[training.Steps];
            var run = new Checkpointing(folder, every, Resume: true).Run("tiny", 1, new { }, training.Steps).Add("losses", losses);
            training.AddTo(run);
            var first = run.Begin(default);
            for (var step = first; step < Math.Min(training.Steps, death); run.After(++step, default)) losses[step] = training.Step();
            return (training.Hash(), losses, first);
        }
    }
}
