using TinyJepa.Samples.DvdLogo;

namespace TinyJepa.Tests.Samples;

public sealed class EvaluationTests
{
    [Fact]
    public void Latents_AreTheEncodersAnswers_ToEveryObservation()
    {
        var model = new DvdModel(seed: 1);
        var clips = DvdWorld.RollMany(3, 6, firstSeed: 9);
        var latents = Latents.Of(model.Slow, clips);
        Assert.Equal(5, latents.Times);
        using var scope = Scope.Begin();
        for (var clip = 0; clip < 3; clip++)
            for (var time = 0; time < 5; time++)
            {
                // Five rows: up to four would be summed in another order than the whole.
                var z = model.Slow.Forward(Tensor.From(clips.Observation(clip, time), [DvdSequences.ObservationLength]).RepeatRows(5)).Rows(0, 1);
                Expect.Bits(z.Span, latents.Row(clip, time), $"clip {clip}, time {time}");
                Expect.Bits(z.Span, latents.AtTime(time).Rows(clip, 1).Span, $"clip {clip} at time {time}");
                var place = clips.Position(clip, time + 1);
                Expect.Bits([place.Y, place.X], latents.Places().Rows(clip * 5 + time, 1).Span, $"place in clip {clip} at time {time}");
            }

        Expect.Bits(latents.All.Rows(5, 5).Span, latents.OfClips(1, 1).Span, "one clip");
    }

    [Fact]
    public void Forecast_ComparesEveryStepAhead_WithItsControls()
    {
        var model = new DvdModel(seed: 1);
        var clips = DvdWorld.RollMany(2, Forecast.Steps + 2, firstSeed: 9);
        var mean = new float[LogoFrame.Length];
        var forecast = Forecast.Of(model, Latents.Of(model.Slow, clips), mean);

        using var scope = Scope.Begin();
        var z = Latents.Of(model.Slow, clips).AtTime(0);
        for (var k = 0; k < Forecast.Steps; k++)
        {
            z = model.Predict(z);
            var drawn = model.Decode(z).ToArray();
            double Error(Func<int, float[]> guess) => Enumerable.Range(0, 2).Average(clip => guess(clip).Zip(clips.Frame(clip, k + 2).ToArray(), (a, b) => Math.Pow(a - (double)b, 2)).Average());
            Assert.Equal(Error(clip => drawn[(clip * LogoFrame.Length)..((clip + 1) * LogoFrame.Length)]), forecast.Model[k], 1e-12);
            Assert.Equal(Error(clip => clips.Frame(clip, 1).ToArray()), forecast.CopyLast[k], 1e-12);
            Assert.Equal(Error(_ => mean), forecast.Mean[k], 1e-12);
        }
    }

    [Fact]
    public void SurpriseStudy_CountsPeaksAlarmsAndMisses()
    {
        const int frames = 42, at = SurpriseStudy.Jump - 2;
        double[] Clip(double usual, params (int At, double Error)[] others)
        {
            var clip = Enumerable.Repeat(usual, frames).ToArray();
            foreach (var (frame, error) in others) clip[frame] = error;
            return clip;
        }

        // 200 clips: 1 % false alarms a clip are two alarms, so the third largest error of all is the threshold.
        var ordinary = Enumerable.Range(0, 200).Select(i => Clip(1, (i % frames, i < 3 ? 10 + i : 2))).ToArray();
        double[][] fresh = [Clip(1), Clip(1, (3, 11), (4, 20)), Clip(1, (5, 10)), Clip(1)];
        double[][] jumped =
        [
            Clip(1, (at, 50)),                                   // as it should be
            Clip(2, (at, 50), (at + 1, 90)),                     // the alarm is right, the peak one late
            Clip(1, (3, 20), (at, 50)),                          // a false alarm first
            Clip(1, (at, 5)),                                    // the largest, but missed
        ];
        var study = SurpriseStudy.Of(ordinary, fresh, jumped);

        Assert.Equal(10, study.Threshold);
        Assert.Equal([50, 45, 50, 5], study.PeakOverBaseline);
        Assert.Equal((3, 2, 1, 4), (study.PeakAtJump, study.FirstAlarmAtJump, study.Missed, study.Clips));
        Assert.Equal(2 / 4.0, study.FalseAlarms);
        // Of the pairs with the 4·40 ordinary errors only (5, 20) is out of order: frame at + 1 takes no part.
        Assert.Equal(1 - 1 / (4.0 * 160), study.Auroc, 1e-12);
    }

    [Fact]
    public void SurpriseOfCopying_IsTheDifferenceOfNeighbouringFrames()
    {
        var clips = DvdWorld.RollMany(2, 5, firstSeed: 1);
        var errors = SurpriseStudy.OfCopying(clips);
        Assert.Equal([3, 3], errors.Select(clip => clip.Length));
        Assert.Equal(Forecast.SquaredError(clips.Frame(1, 3), clips.Frame(1, 4)), errors[1][2]);
    }

    [Fact]
    public void Surprise_LooksOneFrameAhead()
    {
        var model = new DvdModel(seed: 1);
        var latents = Latents.Of(model.Slow, DvdWorld.RollMany(2, 5, firstSeed: 1));
        var (inLatents, inPixels) = (SurpriseStudy.InLatents(model, latents), SurpriseStudy.InPixels(model, latents));
        using var scope = Scope.Begin();
        var expected = model.Predict(Tensor.From(latents.Row(1, 1), [1, DvdModel.Latent]));
        Assert.Equal([3, 3], inLatents.Select(clip => clip.Length));
        Assert.Equal(Forecast.SquaredError(expected.Span, latents.Row(1, 2)), inLatents[1][1], 1e-12);
        Assert.Equal(Forecast.SquaredError(model.Decode(expected).Span, latents.Clips.Frame(1, 3)), inPixels[1][1], 1e-12);
    }

    [Fact]
    public void PublishedProbe_BeatsTheMeanPosition_AndDependsOnTheSeedOnly()
    {
        if (Machine.IsSlow) return;                              // 800 steps of batch 512
        var latents = Latents.Of(new DvdModel(seed: 1).Slow, DvdWorld.MakeSequences(count: 20));
        using var scope = Scope.Begin();
        var places = latents.Places();
        var rmse = PublishedProbe.Rmse(latents, seed: 1);
        Assert.InRange(rmse, 0.01, Math.Sqrt((places - places.Mean(axis: 0)).Square().Mean().Item));
        Assert.Equal(rmse, PublishedProbe.Rmse(latents, seed: 1));
    }

    /// <summary>No clip begins as a training clip, or as one of another set, does: two frames decide all that follow.</summary>
    [Fact]
    public void FreshClips_AreDisjoint_FromTheTrainingDataAndFromEachOther()
    {
        var fresh = new FreshClips();
        var starts = new HashSet<(Position, Position)>();
        foreach (var (name, clips) in new[]
        {
            ("training", fresh.Training), ("probe", fresh.Probe), ("forecast", fresh.Forecast), ("jumps", fresh.Jumps), ("calibration", fresh.Calibration),
            ("quiet", fresh.Quiet), ("published forecast", fresh.PublishedForecast), ("published jump", fresh.PublishedJump),
        })
            for (var clip = 0; clip < clips.Count; clip++)
                Assert.True(starts.Add((clips.Position(clip, 0), clips.Position(clip, 1))), $"Clip {clip} of the {name} set begins as another clip does.");
        Assert.Equal(400 + 5 * FreshClips.Count + 2, starts.Count);
    }

    [Fact]
    public void Ablation_TakesThePartsOut_OneByOne()
    {
        Assert.Equal(6, Recipe.Ablation.Count);
        Assert.Equal(6, Recipe.Ablation.Select(recipe => recipe.Name).Distinct().Count());
        Assert.Equal(6, Recipe.Ablation.Select(recipe => (recipe.Targets, recipe.Hinge)).Distinct().Count());
        Assert.All(Recipe.Ablation, recipe => Assert.Equal(Recipe.Published with { Name = recipe.Name, DecoderSteps = 0, Targets = recipe.Targets, Hinge = recipe.Hinge }, recipe));
    }
}
