using TinyJepa.Samples;
using TinyJepa.Samples.DvdLogo;

namespace TinyJepa.Tests.Samples;

/// <summary>One tab's world without a socket.</summary>
public sealed class LiveSceneTests
{
    static readonly LiveModel s_model = TinyDvd.Trainer().Current.Model;

    [Fact]
    public void Tick_ComparesTheFrameWithWhatWasExpectedOfItsPast()
    {
        var scene = Scene();
        var expected = new float[DvdModel.Latent];
        scene.Tick(s_model);
        for (var i = 0; i < 20; i++)
        {
            s_model.Predict(scene.Frame.SeenLatent, expected);
            scene.Tick(s_model);
            var frame = scene.Frame;

            Assert.Equal(expected, frame.ExpectedLatent);
            Assert.Equal(LiveScene.Distance(frame.Expectation, frame.Reality), frame.Surprise);
        }
    }

    [Fact]
    public void Dream_PredictsFromItsOwnPrediction_WhileRealityGoesOn()
    {
        var (dreamer, witness) = (Scene(), Scene());
        var expected = new float[DvdModel.Latent];
        dreamer.Tick(s_model);
        witness.Tick(s_model);
        dreamer.Dream(10);
        dreamer.Tick(s_model);
        witness.Tick(s_model);
        for (var step = 2; step <= 10; step++)
        {
            s_model.Predict(dreamer.Frame.ExpectedLatent, expected);
            dreamer.Tick(s_model);
            witness.Tick(s_model);

            Assert.Equal((step, 10), (dreamer.Frame.DreamStep, dreamer.Frame.DreamSteps));
            Assert.Equal(expected, dreamer.Frame.ExpectedLatent);
            Assert.Equal(witness.Frame.Reality, dreamer.Frame.Reality);
        }

        dreamer.Tick(s_model);
        witness.Tick(s_model);
        Assert.False(dreamer.Dreaming);
        Assert.Equal(witness.Frame.ExpectedLatent, dreamer.Frame.ExpectedLatent);
    }

    [Fact]
    public void Dream_IsFinishedByTheModelThatBeganIt()
    {
        var other = TinyDvd.Untrained();
        var (swapped, same) = (Scene(), Scene());
        foreach (var scene in new[] { swapped, same })
        {
            scene.Tick(s_model);
            scene.Dream(5);
            scene.Tick(s_model);
        }

        swapped.Tick(other);
        same.Tick(s_model);

        Assert.Equal(same.Frame.ExpectedLatent, swapped.Frame.ExpectedLatent);
        for (var i = 0; i < 4; i++) swapped.Tick(other);
        Assert.Equal(other.PixelSurprise.Threshold, swapped.Frame.Threshold);
    }

    [Fact]
    public void Decoder_Off_MeasuresLatents()
    {
        var scene = Scene();
        scene.Tick(s_model);
        scene.Decoder = false;
        scene.Tick(s_model);

        Assert.Equal(LiveScene.Distance(scene.Frame.ExpectedLatent, scene.Frame.SeenLatent), scene.Frame.Surprise);
        Assert.Equal((s_model.LatentSurprise.Usual, s_model.LatentSurprise.Threshold), (scene.Frame.Usual, scene.Frame.Threshold));
        Assert.All(scene.Frame.Expectation, p => Assert.Equal(0, p));
    }

    [Fact]
    public void NewWorld_ForgetsAnOpenJump_AndADream()
    {
        var scene = Scene();
        scene.Tick(s_model);
        scene.Dream(5);
        scene.Teleport();
        Assert.False(scene.Dreaming);
        scene.NewWorld();
        scene.Tick(s_model);

        Assert.Equal(Wire.Flags.None, scene.Frame.Flags & (Wire.Flags.Jump | Wire.Flags.Mixed | Wire.Flags.Dreaming));
    }

    [Fact]
    public void Threshold_LiesAboveEveryOrdinaryTick()
    {
        Assert.True(s_model.PixelSurprise.Threshold > s_model.PixelSurprise.Usual);
        Assert.True(s_model.LatentSurprise.Threshold > s_model.LatentSurprise.Usual);
    }

    [Fact]
    public void Map_HangsLikeTheRoom_AndFitsItsFrame()
    {
        var cloud = s_model.Map.Cloud.ToArray();
        var places = LatentMap.Places.ToArray();

        // What is left to gain by turning the map is nothing: the cross terms are symmetric and the sum of products is positive.
        var (xx, yy, xy, yx) = (0.0, 0.0, 0.0, 0.0);
        var (cx, cy) = (cloud.Average(p => (double)p.X), cloud.Average(p => (double)p.Y));
        for (var i = 0; i < cloud.Length; i++)
        {
            var (px, py, qx, qy) = (places[i].X - 7.5, places[i].Y - 7.5, cloud[i].X - cx, cloud[i].Y - cy);
            xx += px * qx;
            yy += py * qy;
            xy += px * qy;
            yx += py * qx;
        }

        Assert.True(xx + yy > 0);
        Assert.Equal(0, (xy - yx) / (xx + yy), 3);
        Assert.All(cloud, p => Assert.InRange(Math.Max(Math.Abs(p.X), Math.Abs(p.Y)), 0, 0.951f));
    }

    static LiveScene Scene() => new(new NumPyRandom(5));
}
