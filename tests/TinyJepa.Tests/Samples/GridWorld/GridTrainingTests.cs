using TinyJepa.Samples.GridWorld;

namespace TinyJepa.Tests.Samples.Grid;

/// <summary>The model and its training, at full size on a grid of four cells.</summary>
[Collection(Machine.Name)]
public sealed class GridTrainingTests
{
    /// <summary>The weight and the horizon change after the first step, as those of the whole recipe do later.</summary>
    static readonly Recipe s_short = Recipe.Best with { Steps = 4, Walks = 8, Directions = 16, LambdaFrom = 1, WholeFrom = 1 };

    internal static GridMap Four { get; } = new(side: 2);

    static GridTraining Training(Recipe? recipe = null) => new(recipe ?? s_short, new Walks(Four), seed: 1);

    [Fact]
    public void Model_HasThePublishedSize() => Assert.Equal(2_955_072, new GridModel(seed: 1).Count);

    [Fact]
    public void Training_EndsWithTheSameBits() => Machine.AssertSameBits("weights", () =>
    {
        var training = Training();
        for (var step = 0; step < (Machine.IsSlow ? 1 : 2); step++) training.Step();
        return [.. training.Snapshot().Parameters.Entries.Select(entry => entry.Value.ToArray())];
    });

    [Fact]
    public void Step_AllocatesNothing()
    {
        if (Machine.IsSlow) return;
        Assert.Equal(0, Machine.With(512, 1, () =>
        {
            var training = Training(s_short with { Steps = 100 });
            for (var step = 0; step < 5; step++) training.Step();
            var quietest = long.MaxValue;
            for (var window = 0; window < 3 && quietest != 0; window++)
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                for (var step = 0; step < 3; step++) training.Step();
                quietest = Math.Min(quietest, GC.GetAllocatedBytesForCurrentThread() - before);
            }

            return quietest;
        }));
    }

    /// <summary>One move ahead and SIGReg times N: the very loss of LeWorldModel.</summary>
    [Fact]
    public void Loss_IsThatOfLeWorldModel_ForOneMoveAhead()
    {
        if (Machine.IsSlow) return;
        var recipe = Recipe.Published with { Steps = 1, Walks = 8, Directions = 16 };
        var result = Training(recipe).Step();
        Assert.Equal(result.Prediction + 0.09f * result.Regulariser, result.Loss, 1e-5f);
        var unscaled = Training(recipe with { ScaleBySamples = false }).Step();
        Assert.Equal(result.Regulariser / 8, unscaled.Regulariser, 1e-4f);
        Assert.Equal(result.Prediction, unscaled.Prediction);
    }

    /// <summary>After recalibration the running averages are those of a batch of all transitions.</summary>
    [Fact]
    public void Recalibration_MakesServingAgreeWithTraining()
    {
        if (Machine.IsSlow) return;
        var training = Training();
        for (var step = 0; step < 4; step++) training.Step();
        var images = GridPicture.RenderAll(Four);
        Transition[] all = [.. Four.Transitions];
        int[] states = [.. all.SelectMany(t => new[] { t.From, t.To })];
        var model = training.Snapshot();
        var served = model.Encode(images, states, time: 2).ToArray();
        float[] trained;
        using (Tape.Begin()) trained = training.Model.Snapshot().Encode(images, states, time: 2).ToArray();
        // The running variance is the unbiased one: √(31/32) apart.
        for (var i = 0; i < served.Length; i++) Assert.Equal(trained[i], served[i], 0.03f);
        Assert.NotEqual(training.Model.Hash, model.Hash);
    }

    [Fact]
    public void Imagination_OfOneMove_IsTheFirstStepOfMany()
    {
        if (Machine.IsSlow) return;
        var model = new GridModel(seed: 2);
        using var scope = Scope.Begin();
        var z = model.Encode(GridPicture.RenderAll(Four));
        var each = model.ImagineEach(z);
        var far = model.Imagine(z, GridModel.OneHot([2, 1, 2, 1, 2, 1, 2, 1], steps: 2));
        for (var state = 0; state < 4; state++)
            Assert.All(each.Rows(state * 4 + 2, 1).ToArray().Zip(far.Slice(0, state, 1).Slice(1, 0, 1).ToArray()),
                pair => Assert.Equal(pair.First, pair.Second, 1e-5f));                    // few rows are multiplied in another order than many
    }

    [Fact]
    public void Horizon_GrowsWhenItIsToldTo()
    {
        var recipe = s_short with { FirstHorizon = 2, Horizon = 8, WholeFrom = 3 };
        Assert.Equal([2, 2, 2, 8, 8], Enumerable.Range(0, 5).Select(recipe.HorizonAt));
    }

    [Fact]
    public void Lambda_ChangesWhenItIsToldTo()
    {
        var recipe = s_short with { FirstLambda = 0.5f, Lambda = 0.25f, LambdaFrom = 2 };
        Assert.Equal([0.5f, 0.5f, 0.25f, 0.25f], Enumerable.Range(0, 4).Select(recipe.LambdaAt));
        Assert.Equal(0.25f, (recipe with { LambdaFrom = 0 }).LambdaAt(0));
    }
}
