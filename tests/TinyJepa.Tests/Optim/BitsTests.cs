using TinyJepa.Kernels;
using TinyJepa.Losses;
using TinyJepa.Nn;
using TinyJepa.Optim;
using TinyJepa.Samples.DvdLogo;

namespace TinyJepa.Tests.Optim;

/// <summary>
/// The same program gives the same bits on every machine: short trainings whose every weight must hash to a number written here, whatever
/// the lane width, the threads, and the instructions that DOTNET_EnableHWIntrinsic and its like leave to the runtime.
/// </summary>
[Collection(Machine.Name)]
public sealed class BitsTests
{
    // They change only when the arithmetic of the library, or of the sample, is meant to change.
    const string Library = "2fcecc54897a24f5d8e80145a62463ae", Published = "25d569716a8b8a87d78bfb3d", Best = "a54e48adb4ecc2c95191db3a";

    static readonly DvdSequences s_clips = DvdWorld.MakeSequences(count: 8, length: 16);

    // All that the recipes of the sample do, in little: without vectors a multiplication is a hundred times slower.
    static readonly Recipe s_published = new() { Name = "published", Steps = 3, DecoderSteps = 2, Clips = 8 };

    static readonly Recipe s_best = new()
    {
        Name = "best", Steps = 3, DecoderSteps = 0, Clips = 4, Starts = 2, Horizon = 3, ScaleFree = true, Skip = 0.7f, CoolDown = 0.7f,
    };

    public static TheoryData<int, int> Settings
    {
        get
        {
            var settings = new TheoryData<int, int>();
            foreach (var width in Machine.Widths) settings.Add(width, 1);
            foreach (var threads in (int[])[2, 4]) settings.Add(Machine.Widths[0], threads);
            return settings;
        }
    }

    [Theory]
    [MemberData(nameof(Settings))]
    public void Training_EndsWithTheSameBits(int width, int threads) => Assert.Equal(Library, Machine.With(width, threads, LibraryRun));

    [Theory]
    [MemberData(nameof(Settings))]
    public void PublishedRecipe_EndsWithTheSameBits(int width, int threads) =>
        Assert.Equal(Published, Machine.With(width, threads, () => SampleRun(new Recipe { Name = "short", Steps = 3, DecoderSteps = 1, Clips = 8, CoolDown = 1f })));

    [Theory]
    [MemberData(nameof(Settings))]
    public void BestRecipe_EndsWithTheSameBits(int width, int threads) =>
        Assert.Equal(Best, Machine.With(width, threads, () => SampleRun(s_best)));

    /// <summary>Every layer and the optimiser's every feature: normalisation, dropout, decay, clipping, schedule, average.</summary>
    static string LibraryRun()
    {
        const int steps = 4, batch = 12;
        Parameters p = new(seed: 5), slow = new(seed: 6);
        Mlp encoder = new(p["encoder"], [37, 48, 21]), target = new(slow["encoder"], [37, 48, 21]), predictor = new(p["predictor"], [21, 30, 21], Activation.Silu);
        var norm = new LayerNorm(p["norm"], 21);
        var dropout = new Dropout(0.1f, new Rng(7));
        var adam = new Adam(p) { WeightDecay = 0.01f, MaxGradientNorm = 0.5f };
        var ema = new Ema(p["encoder"], slow["encoder"], 0.9f);
        var schedule = new Schedule { Peak = 1e-2f, Steps = steps, WarmUp = 2, Floor = 1e-3f };
        var rng = new Rng(8);
        for (var step = 0; step < steps; step++)
        {
            using var tape = Tape.Begin();
            Tensor now = Tensor.Empty([batch, 37]), next = Tensor.Empty([batch, 37]);
            rng.FillNormal(now.Span);
            rng.FillUniform(next.Span, -2f, 2f);
            var z = norm.Forward(encoder.Forward(now));
            tape.Backward(new VicReg().Of(predictor.Forward(dropout.Forward(z)), target.Forward(next)) + z.GeluTanh().Softmax().Log().Mean());
            adam.LearningRate = schedule.At(step);
            adam.Step();
            ema.Step();
        }

        return p.Hash() + slow.Hash();
    }

    static string SampleRun(Recipe recipe)
    {
        var training = new DvdTraining(recipe, s_clips, seed: 3);
        for (var step = 0; step < recipe.TotalSteps; step++) training.Step();
        return training.Model.Hash;
    }
}
