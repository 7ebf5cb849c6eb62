using TinyJepa.Losses;
using TinyJepa.Samples.BouncingBall;

namespace TinyJepa.Tests.Samples;

/// <summary>The published model and loss to the number, and the same bits everywhere.</summary>
[Collection(Machine.Name)]
public sealed class BallTrainingTests
{
    static readonly Trajectories s_pool = new(new BallWorld(), 4, seed: 1);

    static Recipe Tiny(Recipe recipe) => recipe with { Batch = 64, Epochs = 1, Directions = 16 };

    [Fact]
    public void PublishedModel_Has1792Parameters_GlorotAndZero()
    {
        var model = new BallModel(Recipe.Published, width: 1, seed: 0);
        Assert.Equal(1792, model.Parameters.Count);
        Assert.Equal(688, model.Parameters["encoder"].Count);
        foreach (var (name, inputs, outputs) in new[] { ("encoder.0", 4, 32), ("encoder.2", 32, 16), ("predictor.0", 17, 32), ("predictor.2", 32, 16) })
        {
            var weights = model.Parameters.Entry($"{name}.weight").Value.ToArray();
            Assert.Equal(inputs * outputs, weights.Length);
            Assert.InRange(weights.Max(Math.Abs), 0.9f * MathF.Sqrt(6f / (inputs + outputs)), MathF.Sqrt(6f / (inputs + outputs)));
            Assert.All(model.Parameters.Entry($"{name}.bias").Value.ToArray(), bias => Assert.Equal(0, bias));
        }
    }

    [Fact]
    public void PublishedTraining_Has306StepsAnEpoch_And40Epochs()
    {
        var training = new BallTraining(Recipe.Published, new Trajectories(new BallWorld(), TrajectorySets.PoolCount, TrajectorySets.PoolSeed), seed: 0);
        Assert.Equal((78_400, 306, 12_240), (training.Windows, training.StepsPerPoint, training.Steps));
    }

    /// <summary>The first step's loss, computed again in float64 from the initial weights.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void FirstLoss_IsTheFormula(bool action)
    {
        var recipe = Tiny(action ? Recipe.Published : Recipe.Published with { Action = false });
        var training = new BallTraining(recipe, s_pool, seed: 3);
        var (before, rng) = (training.Model.Snapshot(), new Rng(3));
        var result = training.Step();

        var starts = s_pool.Starts(4, 1);
        var drawn = new TinyJepa.Data.Batches(starts.Length, 64, rng["batches"]).Next().ToArray();
        var directions = s_pool.Directions();
        double[] W(string name) => [.. before.Parameters.Entry(name).Value.ToArray().Select(v => (double)v)];
        double[] Net(string net, double[] x)
        {
            var (w0, b0, w1, b1) = (W($"{net}.0.weight"), W($"{net}.0.bias"), W($"{net}.2.weight"), W($"{net}.2.bias"));
            double[] h = [.. b0.Select((b, i) => Math.Max(0, b + x.Select((v, j) => v * w0[i * x.Length + j]).Sum()))];
            return [.. b1.Select((b, i) => b + h.Select((v, j) => v * w1[i * h.Length + j]).Sum())];
        }

        double[] Window(int row) => [.. Enumerable.Range(row, 4).Select(r => (double)s_pool.Seen(r / 200, r % 200))];
        var error = 0.0;
        var z = new List<float>();
        foreach (var index in drawn)
        {
            var row = starts[index];
            double[] now = Net("encoder", Window(row)), next = Net("encoder", Window(row + 1));
            var guess = Net("predictor", action ? [.. now, directions[row + 3]] : now);
            error += guess.Zip(next, (a, b) => (a - b) * (a - b)).Sum() / 64;
            z.AddRange(now.Select(v => (float)v));
        }

        using var scope = Scope.Begin();
        var regular = SigReg.Unwindowed(rng["directions"], 16).Of(Tensor.From([.. z], [64, 16])).Item;
        Assert.Equal(error, result.Prediction, 1e-5 * error);
        Assert.Equal(regular, result.Regulariser, 1e-5 * regular);
        Assert.Equal(error + regular, result.Loss, 1e-5 * (error + regular));
    }

    [Fact]
    public void ShortRun_EndsInTheSameBits_AtEveryWidthAndThreadCount() =>
        Machine.AssertSameBits("the ball's weights after a short run", () =>
            [.. new[] { Recipe.Published, Recipe.Best }.SelectMany(recipe =>
            {
                var training = new BallTraining(Tiny(recipe), s_pool, seed: 0);
                for (var i = 0; i < 6; i++) training.Step();
                return training.Model.Parameters.Entries.Select(entry => entry.Value.ToArray());
            })]);

    [Fact]
    public void Step_AllocatesNothing_OnceItRuns()
    {
        var training = new BallTraining(Tiny(Recipe.Published) with { Epochs = 100 }, s_pool, seed: 0);
        for (var i = 0; i < 40; i++) training.Step();
        var least = long.MaxValue;                       // other tests allocate on other threads; the quietest step tells
        for (var i = 0; i < 10; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            training.Step();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.InRange(least, 0, 4096);                  // handles and closures, but no floats: a batch of latents alone is 8 KB
    }

    [Fact]
    public void BestRecipe_HasNoAction_AndItsWindowsDoNotOverlap()
    {
        Assert.False(Recipe.Best.Action);
        Assert.True(Recipe.Best.Ahead >= Recipe.Best.Window);
        Assert.True(Recipe.Best.Canonical);
    }

    /// <summary>A single frame has a height and no velocity; a few epochs are enough to see both.</summary>
    [Fact]
    public void SingleFrames_GiveTheHeight_AndNoVelocity_WindowsGiveBoth()
    {
        var sets = new TrajectorySets(new BallWorld(), pool: Machine.IsSlow ? 20 : 60, fresh: Machine.IsSlow ? 10 : 30);
        Measurements Trained(Recipe recipe)
        {
            var training = new BallTraining(recipe with { Epochs = 8, Batch = 64, Directions = 64 }, sets.Pool, seed: 0);
            for (var i = 0; i < training.Steps; i++) training.Step();
            return Measurements.Of(training.Model, sets);
        }

        var (windows, single) = (Trained(Recipe.Best), Trained(Recipe.Best.SingleFrame()));
        Assert.InRange(single.Fresh.Position, 0.97, 1);
        Assert.InRange(single.Fresh.Velocity, -0.05, 0.05);
        Assert.InRange(windows.Fresh.Position, 0.97, 1);
        Assert.InRange(windows.Fresh.Velocity, 0.5, 0.9);
        Assert.Equal(16, windows.Stds.Length);
        Assert.InRange(windows.EffectiveRank, 1, 16);
    }
}
