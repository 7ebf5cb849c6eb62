using TinyJepa.IO;
using TinyJepa.Nn;
using TinyJepa.Samples.BouncingBall;
using TinyJepa.Samples.Embed;
using TinyJepa.Tests.IO;
using Wire = TinyJepa.Samples.Embed.Wire;

namespace TinyJepa.Tests.Samples.Embed;

public sealed class EmbedModelTests : IDisposable
{
    readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Film_IsTheWorldsOwn()
    {
        if (Environment.GetEnvironmentVariable("TINYJEPA_UPDATE_CLIP") == "1") Npy.Save(EmbedFiles.Clip, Tensor.From(EmbedFiles.KnockedClip(), [120]));
        Assert.Equal(EmbedFiles.KnockedClip(), Npy.Read(EmbedFiles.Clip).ToArray());
    }

    /// <summary>The committed model is what the README's command trains, to the bit.</summary>
    [Fact]
    [Trait("Category", "Package")]
    public void Model_IsWhatTheBallsTrainingMakes()
    {
        var training = new BallTraining(Recipe.Best, new Trajectories(new BallWorld(), TrajectorySets.PoolCount, TrajectorySets.PoolSeed), seed: 0);
        for (var step = 0; step < training.Steps; step++) training.Step();
        Assert.Equal(training.Model.Parameters.Hash(), WorldModel.Open(EmbedFiles.Model).Parameters.Hash());
    }

    [Fact]
    public void Model_KnowsItsSizesFromTheFile()
    {
        var model = WorldModel.Open(EmbedFiles.Model);
        Assert.Equal((8, 8, 1, 16, 1888), (model.Window, model.Ahead, model.Width, model.Latent, model.Parameters.Count));
    }

    [Fact]
    public void Prediction_IsTheLibrarysOwn_ToTheBit()
    {
        var clip = EmbedFiles.KnockedClip();
        var prediction = WorldModel.Open(EmbedFiles.Model).Predict(EmbedFiles.Frames(clip));

        var trained = EmbedFiles.Trained();
        using var scope = Scope.Begin();
        var windows = Tensor.Empty([clip.Length - 7, 8]);
        for (var i = 0; i < windows.Shape[0]; i++) clip.AsSpan(i, 8).CopyTo(windows.Span[(8 * i)..]);
        var latents = trained.Encode(windows);
        var expected = trained.Predict(latents, null);
        var last = windows.Shape[0] - 1;
        Assert.Equal(latents.Rows(last, 1).ToArray(), prediction.Latent);
        Assert.Equal(expected.Rows(last, 1).ToArray(), prediction.Expected);
        Assert.Equal((127, 15, 105), (prediction.Frame, prediction.FirstJudged, prediction.Surprise.Length));
        for (var i = 0; i < prediction.Surprise.Length; i++)
        {
            double[] squares = [.. expected.Rows(i, 1).ToArray().Zip(latents.Rows(i + 8, 1).ToArray(), (a, b) => Math.Pow(a - (double)b, 2))];
            Assert.Equal(squares.Average(), prediction.Surprise[i], 1e-6 * squares.Average());     // 16 terms of one sign: 17 roundings of 6e-8
        }
    }

    [Fact]
    public void Surprise_PeaksWhileTheWindowHoldsTheKnock()
    {
        var peak = WorldModel.Open(EmbedFiles.Model).Predict(EmbedFiles.Frames(EmbedFiles.KnockedClip())).Peak!;
        Assert.InRange(peak.Frame, EmbedFiles.Knock, EmbedFiles.Knock + 14);
        Assert.True(peak.OverMedian > 50, $"The knock surprises {peak.OverMedian} times as much as ordinary frames.");
    }

    [Fact]
    public void Prediction_OfFramesTooFewToJudge_HasNoSurprise()
    {
        var prediction = WorldModel.Open(EmbedFiles.Model).Predict(EmbedFiles.Frames(EmbedFiles.KnockedClip()[..8]));
        Assert.Empty(prediction.Surprise);
        Assert.Null(prediction.Peak);
        Assert.Equal(16, prediction.Latent.Length);
    }

    /// <summary>What PyTorch saved with <c>torch.save</c> predicts the same.</summary>
    [Fact]
    public void Model_OfATorchFile_PredictsTheSame()
    {
        var frames = EmbedFiles.Frames(EmbedFiles.KnockedClip());
        var (ours, torch) = (WorldModel.Open(EmbedFiles.Model), WorldModel.Open(Fixture.File("ball.pt")));
        Assert.Equal(Wire.Prediction(ours.Predict(frames)), Wire.Prediction(torch.Predict(frames)));
    }

    [Fact]
    public void Parallel_PredictionsEqualSerialOnes()
    {
        var model = WorldModel.Open(EmbedFiles.Model);
        var clip = EmbedFiles.KnockedClip();
        byte[][] serial = [.. Enumerable.Range(16, 100).Select(n => Wire.Prediction(model.Predict(EmbedFiles.Frames(clip[..n]))))];
        Parallel.For(0, 400, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i => Assert.Equal(serial[i % 100], Wire.Prediction(model.Predict(EmbedFiles.Frames(clip[..(16 + i % 100)])))));
    }

    [Fact]
    public void Frames_OfAnotherShape_AreRefused_NamingBoth()
    {
        var model = WorldModel.Open(EmbedFiles.Model);
        var wide = Assert.Throws<InvalidDataException>(() => model.Predict(Frames.Of(new float[30], 10, 3)));
        Assert.Contains("[n, 1]", wide.Message, StringComparison.Ordinal);
        Assert.Contains("[10, 3]", wide.Message, StringComparison.Ordinal);
        var few = Assert.Throws<InvalidDataException>(() => model.Predict(Frames.Of(new float[7], 7, 1)));
        Assert.Contains("at least 8", few.Message, StringComparison.Ordinal);
        Assert.Contains("[7, 1]", few.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(float.NaN, "Frame 5 holds NaN")]
    [InlineData(float.NegativeInfinity, "Frame 5 holds an infinite number")]
    public void Frames_ThatAreNotFinite_AreRefused(float value, string sentence)
    {
        var clip = new float[30];
        clip[11] = value;
        Assert.StartsWith(sentence, Assert.Throws<InvalidDataException>(() => Frames.Of(clip, 15, 2)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Npy_OfThreeAxes_IsRefused()
    {
        Npy.Save(_folder["cube.npy"], Tensor.Zeros([2, 3, 4]));
        var error = Assert.Throws<InvalidDataException>(() => Frames.Read(File.ReadAllBytes(_folder["cube.npy"]), "cube.npy"));
        Assert.Equal("cube.npy has the shape [2, 3, 4]; frames have the shape [n, width], or [n] if a frame is one number.", error.Message);
    }

    [Fact]
    public void File_ThatIsNoModel_IsRefused()
    {
        File.WriteAllText(_folder["words.safetensors"], "These are words.");
        Assert.Throws<InvalidDataException>(() => WorldModel.Open(_folder["words.safetensors"]));
        var bytes = File.ReadAllBytes(EmbedFiles.Model);
        File.WriteAllBytes(_folder["cut.safetensors"], bytes[..^100]);
        Assert.Throws<InvalidDataException>(() => WorldModel.Open(_folder["cut.safetensors"]));
        Assert.Throws<InvalidDataException>(() => WorldModel.Open(EmbedFiles.Clip));
    }

    [Fact]
    public void File_WithoutATensor_IsRefused_NamingIt()
    {
        var p = new Parameters(seed: 1);
        _ = new Mlp(p["encoder"], [8, 4, 2]);
        Safetensors.Save(_folder["half.safetensors"], p, EmbedFiles.Beside.ToDictionary(one => one.Item1, one => one.Item2));
        Assert.Contains("no tensor 'predictor.0.weight'", Refusal("half.safetensors"), StringComparison.Ordinal);

        Safetensors.Save(_folder["bare.safetensors"], p.Entries.Where(entry => entry.Path != "encoder.2.bias").Select(entry => (entry.Path, entry.Value))
            .Append(("predictor.0.weight", Tensor.Zeros([2, 2]))).Append(("predictor.0.bias", Tensor.Zeros([2]))), EmbedFiles.Beside.ToDictionary(one => one.Item1, one => one.Item2));
        Assert.Contains("encoder.2.bias", Refusal("bare.safetensors"), StringComparison.Ordinal);
    }

    [Fact]
    public void File_WhoseLayersDoNotFit_IsRefused_NamingBothShapes()
    {
        var p = new Parameters(seed: 1);
        _ = (new Linear(p["encoder.0"], 8, 4), new Linear(p["encoder.2"], 5, 2), new Linear(p["predictor.0"], 2, 2));
        Safetensors.Save(_folder["odd.safetensors"], p, EmbedFiles.Beside.ToDictionary(one => one.Item1, one => one.Item2));
        Assert.Contains("'encoder.2.weight' of shape [2, 5] cannot follow 'encoder.0.weight' of shape [4, 8]", Refusal("odd.safetensors"), StringComparison.Ordinal);

        EmbedFiles.Write(_folder["action.safetensors"], [8, 4, 2], [3, 4, 2], EmbedFiles.Beside);
        Assert.Contains("the encoder ends in [2], but the predictor makes [2] of [3]", Refusal("action.safetensors"), StringComparison.Ordinal);
        EmbedFiles.Write(_folder["window.safetensors"], [9, 4, 2], [2, 4, 2], EmbedFiles.Beside);
        Assert.Contains("9 inputs are no whole frames in a window of 8", Refusal("window.safetensors"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("window", "")]
    [InlineData("window", "0")]
    [InlineData("ahead", "-3")]
    [InlineData("activation", "swish")]
    public void File_ThatDoesNotSayHowToRunIt_IsRefused(string name, string text)
    {
        EmbedFiles.Write(_folder["mute.safetensors"], [8, 4, 2], [2, 4, 2], [.. EmbedFiles.Beside.Where(one => one.Item1 != name), (name, text)]);
        Assert.Contains($"does not say beside its weights what '{name}' is", Refusal("mute.safetensors"), StringComparison.Ordinal);
    }

    [Fact]
    public void File_WithNaN_IsRefused()
    {
        var p = new Parameters(seed: 1);
        _ = (new Mlp(p["encoder"], [8, 4, 2]), new Mlp(p["predictor"], [2, 4, 2]));
        p.Entry("predictor.2.bias").Value.Span[1] = float.NaN;
        Safetensors.Save(_folder["nan.safetensors"], p, EmbedFiles.Beside.ToDictionary(one => one.Item1, one => one.Item2));
        Assert.Contains("'predictor.2.bias' holds values that are not finite", Refusal("nan.safetensors"), StringComparison.Ordinal);
    }

    string Refusal(string name) => Assert.Throws<InvalidDataException>(() => WorldModel.Open(_folder[name])).Message;
}
